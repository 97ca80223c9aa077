-- portfolio.transfers: a user sees what they sent and what reached them, never a key; nobody writes past the functions.

BEGIN;
SELECT plan(35);
\ir ../fixtures/funded_alice_and_bob.psql

SELECT policies_are('portfolio', 'transfers', ARRAY[
    'transfers_kernel_all', 'transfers_owner_select', 'transfers_staff_select', 'transfers_support_select'
]);
SELECT any_column_privs_are('portfolio', 'transfers', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'transfers', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'transfers', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'transfers', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'portfolio.transfers'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);

-- Alice sent Bob 3, which reached him, and 4, which have not yet.
INSERT INTO portfolio.transfers (
    id, user_id, counterparty_user_id, asset_id, kind, status, amount, idempotency_key, created_at, completed_at
) VALUES
(
    '01694d4b-b100-7000-8000-000000000001', :'alice', :'bob', :t1usd, 'internal', 'completed', 3, 'alice:3',
    core.uuid7_time('01694d4b-b100-7000-8000-000000000001'), core.uuid7_time('01694d4b-b100-7000-8000-000000000001')
),
(
    '01694d4b-b100-7000-8000-000000000002', :'alice', :'bob', :t1usd, 'internal', 'pending', 4, 'alice:4',
    core.uuid7_time('01694d4b-b100-7000-8000-000000000002'), NULL
);

PREPARE all_seen AS SELECT user_id, kind, amount::text FROM portfolio.transfers ORDER BY transfers.amount;
PREPARE test_transfers AS
SELECT user_id, kind, amount::text FROM portfolio.transfers
WHERE asset_id IN (:t1usd, :t1btc) ORDER BY transfers.amount;
PREPARE keys AS SELECT idempotency_key FROM portfolio.transfers;
PREPARE find_by_key AS SELECT id FROM portfolio.transfers WHERE idempotency_key = 'alice:1';
PREPARE test_transfers_by_key AS
SELECT amount::text FROM portfolio.transfers
WHERE user_id IN (:'alice', :'bob') AND idempotency_key IN ('alice:1', 'alice:2', 'alice:3', 'alice:4', 'bob:1')
ORDER BY transfers.amount;
PREPARE deposit_myself AS
INSERT INTO portfolio.transfers (
    id, user_id, asset_id, kind, status, amount, idempotency_key, created_at, completed_at
)
VALUES (
    '01694d4b-b100-7000-8000-000000000003', :'alice', :t1usd, 'deposit', 'completed', 1000, 'alice:5',
    core.uuid7_time('01694d4b-b100-7000-8000-000000000003'), core.uuid7_time('01694d4b-b100-7000-8000-000000000003')
);
PREPARE raise_it AS UPDATE portfolio.transfers SET amount = 1000 WHERE user_id = :'alice';
PREPARE forget AS DELETE FROM portfolio.transfers WHERE user_id = :'alice';

-- Alice
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'all_seen',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'deposit', '0.5'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'internal', '3'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'internal', '4'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'deposit', '100.25') $$,
    'Alice sees what she received from outside and what she sent, and nothing of Bob'
);
SELECT throws_ok(
    'keys', '42501', NULL, 'Alice sees no key, not even hers: the receiver of a transfer reads this table too'
);
SELECT throws_ok('find_by_key', '42501', NULL, 'nor does she search by one');
SELECT throws_ok('deposit_myself', '42501', NULL, 'Alice deposits nothing by hand');
SELECT throws_ok('raise_it', '42501', NULL, 'Alice changes no transfer');
SELECT throws_ok('forget', '42501', NULL, 'Alice removes none');

-- Bob
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'all_seen',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'internal', '3'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'deposit', '7') $$,
    'Bob sees his own and what reached him, not what has yet to'
);

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('all_seen', 'a request that speaks for nobody sees no transfer');
SET LOCAL ROLE anon;
SELECT throws_ok('all_seen', '42501', NULL, 'who has not signed in does not ask');

-- Services and staff that see none, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE service_role;
SELECT throws_ok('test_transfers', '42501', NULL, 'a service reads no transfer');
SELECT throws_ok('deposit_myself', '42501', NULL, 'nor writes one past the function');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('test_transfers', '42501', NULL, 'an operator sees no transfer');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('test_transfers', 'support sees no transfer until a customer is opened to them');
SET LOCAL request.jwt.claims = '';

-- Those who check and count
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'test_transfers_by_key', ARRAY['0.5', '3', '4', '7', '100.25'], 'an auditor sees every transfer, and by its key'
);
SELECT throws_ok('raise_it', '42501', NULL, 'and changes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq(
    'test_transfers_by_key', ARRAY['0.5', '3', '4', '7', '100.25'], 'so does an analyst'
);
SELECT throws_ok('forget', '42501', NULL, 'and removes none');

-- The kernel
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('raise_it', '42501', NULL, 'the kernel changes no amount');
SELECT throws_ok(
    $$ UPDATE portfolio.transfers SET user_id = counterparty_user_id $$, '42501', NULL, 'nor whose it is'
);
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes no transfer');
SELECT lives_ok('deposit_myself', 'the kernel writes transfers');

RESET ROLE;
SELECT results_eq(
    $$ SELECT t.amount::text FROM portfolio.transfers AS t WHERE t.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a'
       ORDER BY t.amount $$,
    ARRAY['0.5', '3', '4', '100.25', '1000'], 'that is all that was written'
);

SELECT finish();
ROLLBACK;
