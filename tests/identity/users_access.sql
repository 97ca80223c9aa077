-- identity.users: a user sees a little of themself and changes nothing, staff see who there is, services nobody.

BEGIN;
SELECT plan(34);
\ir ../fixtures/alice_and_bob.psql

SELECT policies_are('identity', 'users', ARRAY[
    'users_kernel_all', 'users_owner_select', 'users_staff_select', 'users_support_select'
]);
SELECT any_column_privs_are('identity', 'users', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'users', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('identity', 'users', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'users', 'tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('identity', 'users', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'users', 'tradebase_operator', ARRAY['SELECT']);
SELECT any_column_privs_are('identity', 'users', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('identity', 'users', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('identity', 'users', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('identity', 'users', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'users', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'identity.users'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);

PREPARE seen_users AS SELECT id FROM identity.users WHERE id IN (:'alice', :'bob') ORDER BY id;
PREPARE everybody_seen AS SELECT id, status, fee_tier FROM identity.users;
PREPARE my_group AS SELECT stp_group FROM identity.users;
PREPARE my_kind AS SELECT kind FROM identity.users;
PREPARE lift_suspension AS UPDATE identity.users SET status = 'active' WHERE id = :'alice';
PREPARE better_fees AS UPDATE identity.users SET fee_tier = 'market_maker' WHERE id = :'alice';
PREPARE regroup AS UPDATE identity.users SET stp_group = gen_random_uuid() WHERE id = :'alice';
PREPARE leave AS DELETE FROM identity.users WHERE id = :'alice';
PREPARE another_me AS
INSERT INTO identity.users (id, kind, stp_group)
VALUES ('cccccccc-0000-4000-8000-00000000000c', 'system', 'cccccccc-0000-4000-8000-00000000000c');

-- Alice
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'everybody_seen', $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'active', 'standard') $$,
    'Alice sees herself and nobody else'
);
SELECT throws_ok('my_group', '42501', NULL, 'Alice does not see whom she never trades with');
SELECT throws_ok('my_kind', '42501', NULL, 'Alice does not see what kind of user she is');
SELECT throws_ok('lift_suspension', '42501', NULL, 'Alice does not set her status');
SELECT throws_ok('better_fees', '42501', NULL, 'Alice does not choose her fees');
SELECT throws_ok('another_me', '42501', NULL, 'Alice makes no user');
SELECT throws_ok('leave', '42501', NULL, 'Alice removes no user, not even herself');

-- Bob
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq('seen_users', ARRAY['bbbbbbbb-0000-4000-8000-00000000000b'::uuid], 'Bob sees himself alone');

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('everybody_seen', 'a request that speaks for nobody sees nobody');
SET LOCAL ROLE anon;
SELECT throws_ok('seen_users', '42501', NULL, 'who has not signed in does not ask');

-- A service, even one that speaks for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE service_role;
SELECT throws_ok('seen_users', '42501', NULL, 'a service reads no user');

-- Staff
SET LOCAL ROLE tradebase_support;
SELECT is_empty('seen_users', 'support sees nobody until a customer is opened to them');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq(
    'seen_users', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b']::uuid[],
    'an operator sees who there is'
);
SELECT throws_ok('lift_suspension', '42501', NULL, 'an operator sets no status by hand');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'seen_users', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b']::uuid[],
    'an auditor sees who there is'
);
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq(
    'seen_users', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b']::uuid[],
    'an analyst sees who there is'
);

-- The kernel
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    'seen_users', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b']::uuid[],
    'the kernel sees who there is'
);
SELECT throws_ok('regroup', '42501', NULL, 'the kernel puts nobody into another group');
SELECT throws_ok('leave', '42501', NULL, 'the kernel removes no user');
SELECT lives_ok('another_me', 'the kernel makes users');

RESET ROLE;
SELECT results_eq(
    $$ SELECT status, fee_tier FROM identity.users WHERE id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    $$ VALUES ('active', 'standard') $$, 'the refusals changed nothing'
);
SELECT finish();
ROLLBACK;
