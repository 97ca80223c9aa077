-- portfolio.ledger_entries: a user sees their own entries, the kernel appends, and nobody changes or removes one.

BEGIN;
SELECT plan(37);
\ir ../fixtures/funded_alice_and_bob.psql
SELECT ops.ensure_partitions('portfolio.ledger_entries', '2019-03-01', '2019-03-01') AS made \gset

SELECT policies_are('portfolio', 'ledger_entries', ARRAY[
    'ledger_entries_kernel_all', 'ledger_entries_owner_select', 'ledger_entries_staff_select', 'ledger_entries_support_select'
]);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_kernel', ARRAY['INSERT', 'SELECT']);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'ledger_entries', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'portfolio.ledger_entries'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);

PREPARE users_seen AS SELECT DISTINCT user_id FROM portfolio.ledger_entries ORDER BY user_id;
PREPARE test_entries AS
SELECT user_id, d_available::text FROM portfolio.ledger_entries
WHERE asset_id IN (:t1usd, :t1btc) ORDER BY user_id, ledger_entries.d_available;
PREPARE sum_of_test_entries AS
SELECT trim_scale(sum(d_available + d_held))::text FROM portfolio.ledger_entries WHERE asset_id IN (:t1usd, :t1btc);
PREPARE past_the_parent AS SELECT d_available FROM partitions.ledger_entries_2019_03;
PREPARE get_rich AS
INSERT INTO portfolio.ledger_entries (journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
VALUES
(:'alice_deposit', 'deposit', :'alice_deposit', :'alice', :t1usd, 1000, 0),
(:'alice_deposit', 'deposit', :'alice_deposit', '00000000-0000-7000-8000-000000000002', :t1usd, -1000, 0);
PREPARE rewrite AS UPDATE portfolio.ledger_entries SET d_available = 1000 WHERE user_id = :'alice';
PREPARE forget AS DELETE FROM portfolio.ledger_entries WHERE user_id = :'alice';

-- Alice
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'test_entries',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5'), ('aaaaaaaa-0000-4000-8000-00000000000a', '100.25') $$,
    'Alice sees her side of her journals'
);
SELECT results_eq(
    'users_seen', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a'::uuid], 'and no other side of any'
);
SELECT throws_ok('get_rich', '42501', NULL, 'Alice writes no entry');
SELECT throws_ok('rewrite', '42501', NULL, 'Alice changes none');
SELECT throws_ok('past_the_parent', '42501', NULL, 'Alice reads no leaf by its name');

-- Bob
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'test_entries', $$ VALUES ('bbbbbbbb-0000-4000-8000-00000000000b'::uuid, '7') $$,
    'Bob sees his own and nothing of Alice'
);

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('users_seen', 'a request that speaks for nobody sees no entry');
SET LOCAL ROLE anon;
SELECT throws_ok('users_seen', '42501', NULL, 'who has not signed in does not ask');

-- Services and staff that see none, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE service_role;
SELECT throws_ok('test_entries', '42501', NULL, 'a service reads no entry');
SELECT throws_ok('get_rich', '42501', NULL, 'nor writes one');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('test_entries', '42501', NULL, 'an operator sees no entry');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('test_entries', 'support sees no entry until a customer is opened to them');
SET LOCAL request.jwt.claims = '';

-- Those who check and count
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'test_entries',
    $$ VALUES
        ('00000000-0000-7000-8000-000000000002'::uuid, '-100.25'), ('00000000-0000-7000-8000-000000000002', '-7'),
        ('00000000-0000-7000-8000-000000000002', '-0.5'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', '0.5'), ('aaaaaaaa-0000-4000-8000-00000000000a', '100.25'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '7') $$,
    'an auditor sees both sides of every journal'
);
SELECT throws_ok('forget', '42501', NULL, 'and removes no entry');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq(
    'sum_of_test_entries', ARRAY['0'], 'an analyst sees all of them: they sum to zero'
);
SELECT throws_ok('rewrite', '42501', NULL, 'and changes none');

-- The kernel appends
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('sum_of_test_entries', ARRAY['0'], 'the kernel sees both sides of every journal');
SELECT throws_ok('rewrite', '42501', NULL, 'the kernel changes no entry');
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes no entry');
SELECT throws_ok('TRUNCATE portfolio.ledger_entries', '42501', NULL, 'the kernel empties no ledger');
SELECT throws_ok('past_the_parent', '42501', NULL, 'the kernel reads no leaf by its name');
SELECT throws_ok('TRUNCATE partitions.ledger_entries_2019_03', '42501', NULL, 'nor empties one');
SELECT lives_ok('get_rich', 'the kernel appends a journal');

RESET ROLE;
SELECT results_eq(
    $$ SELECT d_available::text FROM portfolio.ledger_entries
       WHERE user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' ORDER BY id $$,
    ARRAY['100.25', '0.5', '1000'], 'and that is all that was written'
);

SELECT finish();
ROLLBACK;
