-- portfolio.balances: a user sees their own, auditors and analysts all, and nobody writes one past the functions.

BEGIN;
SELECT plan(37);
\ir ../fixtures/funded_alice_and_bob.psql

SELECT policies_are('portfolio', 'balances', ARRAY[
    'balances_kernel_all', 'balances_owner_select', 'balances_staff_select', 'balances_support_select'
]);
SELECT any_column_privs_are('portfolio', 'balances', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'balances', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'balances', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('portfolio', 'balances', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'portfolio.balances'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);

PREPARE everything_seen AS SELECT user_id, asset_id, available::text FROM portfolio.balances;
PREPARE test_balances AS
SELECT user_id, available::text FROM portfolio.balances
WHERE asset_id IN (:t1usd, :t1btc) ORDER BY user_id, balances.available;
PREPARE get_rich AS UPDATE portfolio.balances SET available = 1000000 WHERE user_id = :'alice';
PREPARE open_another AS INSERT INTO portfolio.balances (user_id, asset_id, available) VALUES (:'alice', :t1old, 1);
PREPARE wipe AS DELETE FROM portfolio.balances WHERE user_id = :'alice';
PREPARE take_over AS UPDATE portfolio.balances SET user_id = :'alice' WHERE user_id = :'bob' AND asset_id = :t1usd;
PREPARE swap_asset AS UPDATE portfolio.balances SET asset_id = :t1old WHERE user_id = :'alice';

-- Alice
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'test_balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5'), ('aaaaaaaa-0000-4000-8000-00000000000a', '100.25') $$,
    'Alice sees what she owns'
);
SELECT results_eq(
    'SELECT DISTINCT user_id FROM portfolio.balances', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a'::uuid],
    'and nothing else'
);
SELECT throws_ok('get_rich', '42501', NULL, 'Alice does not set her balance');
SELECT throws_ok('open_another', '42501', NULL, 'Alice makes no balance');
SELECT throws_ok('wipe', '42501', NULL, 'Alice removes none');

-- Bob
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'test_balances', $$ VALUES ('bbbbbbbb-0000-4000-8000-00000000000b'::uuid, '7') $$,
    'Bob sees what he owns and nothing of Alice'
);

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('everything_seen', 'a request that speaks for nobody sees no balance');
SET LOCAL ROLE anon;
SELECT throws_ok('everything_seen', '42501', NULL, 'who has not signed in does not ask');

-- Services and staff that see none, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE service_role;
SELECT throws_ok('test_balances', '42501', NULL, 'a service reads no balance');
SELECT throws_ok('get_rich', '42501', NULL, 'nor writes one');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('test_balances', '42501', NULL, 'an operator sees no balance');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('test_balances', 'support sees no balance until a customer is opened to them');
SET LOCAL request.jwt.claims = '';

-- Those who check and count
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'test_balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5'), ('aaaaaaaa-0000-4000-8000-00000000000a', '100.25'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '7') $$,
    'an auditor sees every balance'
);
SELECT throws_ok('get_rich', '42501', NULL, 'and changes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq(
    'test_balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5'), ('aaaaaaaa-0000-4000-8000-00000000000a', '100.25'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '7') $$,
    'an analyst sees every balance'
);
SELECT throws_ok('wipe', '42501', NULL, 'and removes none');

-- The kernel moves money between rows; it never removes a row nor gives it to somebody else.
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    'test_balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0.5'), ('aaaaaaaa-0000-4000-8000-00000000000a', '100.25'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '7') $$,
    'the kernel sees every balance'
);
SELECT throws_ok('wipe', '42501', NULL, 'the kernel removes none');
SELECT throws_ok('take_over', '42501', NULL, 'the kernel gives none to somebody else');
SELECT throws_ok('swap_asset', '42501', NULL, 'the kernel makes none of another asset');
SELECT lives_ok('open_another', 'the kernel opens a balance');
SELECT throws_ok('TRUNCATE portfolio.balances', '42501', NULL, 'the kernel does not empty the table');

RESET ROLE;
SELECT results_eq(
    $$ SELECT b.user_id, a.code, b.available::text
       FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
       WHERE a.code LIKE 'T1%' ORDER BY b.user_id, a.code $$,
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', '0.5'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1OLD', '1'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', '100.25'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', '7') $$,
    'what was refused changed nothing'
);
SELECT results_eq(
    $$ SELECT column_name::text COLLATE "default" FROM information_schema.column_privileges
       WHERE table_schema = 'portfolio' AND table_name = 'balances' AND grantee = 'tradebase_kernel'
       AND privilege_type = 'UPDATE' ORDER BY column_name $$,
    ARRAY['available', 'held', 'updated_at', 'version'], 'the kernel updates the amounts, their version and their time'
);

SELECT finish();
ROLLBACK;
