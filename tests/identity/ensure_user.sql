-- identity.ensure_user(): a user of auth.users has both their rows afterwards, and nobody else gets any.

BEGIN;
SELECT plan(22);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/detail_of.psql

SELECT is_definer('identity', 'ensure_user', ARRAY['uuid']);
SELECT function_owner_is('identity', 'ensure_user', ARRAY['uuid'], 'tradebase_kernel');
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'identity.ensure_user(uuid)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['service_role', 'tradebase_operator'], 'services and operators may call it'
);

PREPARE ensure_alice AS SELECT identity.ensure_user(:'alice');
PREPARE ensure_stranger AS SELECT identity.ensure_user('cccccccc-0000-4000-8000-00000000000c');
PREPARE ensure_nobody AS SELECT identity.ensure_user(NULL);
PREPARE ensure_fees AS SELECT identity.ensure_user('00000000-0000-7000-8000-000000000001');
PREPARE rows_of_alice AS
SELECT u.kind, u.status, u.stp_group = u.id, p.user_id IS NOT NULL
FROM identity.users AS u LEFT JOIN identity.profiles AS p ON p.user_id = u.id
WHERE u.id = :'alice';

-- As if Alice had signed up before Tradebase was there.
DELETE FROM identity.profiles WHERE user_id = :'alice';
DELETE FROM identity.users WHERE id = :'alice';

SET LOCAL ROLE service_role;
SELECT results_eq('ensure_alice', ARRAY[TRUE], 'a service takes Alice in');
SELECT results_eq('ensure_alice', ARRAY[FALSE], 'a second time nothing is missing');
RESET ROLE;
SELECT results_eq(
    'rows_of_alice', $$ VALUES ('customer', 'active', TRUE, TRUE) $$,
    'Alice is an active customer, alone in her group, with a profile'
);

DELETE FROM identity.profiles WHERE user_id = :'alice';
UPDATE identity.users SET status = 'suspended', fee_tier = 'vip' WHERE id = :'alice';
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('ensure_alice', ARRAY[TRUE], 'an operator repairs a profile that is missing');
SELECT results_eq('ensure_alice', ARRAY[FALSE], 'once');
RESET ROLE;
SELECT results_eq(
    'rows_of_alice', $$ VALUES ('customer', 'suspended', TRUE, TRUE) $$, 'and leaves the user as they were'
);

UPDATE identity.profiles SET display_name = 'Alice' WHERE user_id = :'alice';
SELECT results_eq('ensure_alice', ARRAY[FALSE], 'a profile that is there is not missing');
SELECT results_eq(
    $$ SELECT display_name FROM identity.profiles WHERE user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    ARRAY['Alice'],
    'and stays as it is'
);

SET LOCAL ROLE service_role;
SELECT throws_ok('ensure_stranger', 'TR012', 'unknown user', 'who is not in auth.users is unknown');
SELECT throws_ok('ensure_nobody', 'TR010', 'user_id is needed', 'nobody is not a user');
SELECT results_eq('ensure_fees', ARRAY[FALSE], 'a system account lacks nothing');
RESET ROLE;
SELECT is(
    pg_temp.detail_of('EXECUTE ensure_stranger'), '{"user_id": "cccccccc-0000-4000-8000-00000000000c"}',
    'the unknown user is named in the detail'
);
SELECT is(pg_temp.detail_of('EXECUTE ensure_nobody'), '{"argument": "user_id"}', 'so is the argument that is missing');
SELECT is_empty(
    $$ SELECT user_id FROM identity.profiles
       WHERE user_id IN ('00000000-0000-7000-8000-000000000001', 'cccccccc-0000-4000-8000-00000000000c') $$,
    'neither a system account nor a stranger gets a profile'
);
SELECT is_empty(
    $$ SELECT id FROM identity.users WHERE id = 'cccccccc-0000-4000-8000-00000000000c' $$, 'nor the stranger a user'
);

SET LOCAL ROLE anon;
SELECT throws_ok('ensure_alice', '42501', NULL, 'nobody off the street takes anybody in');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('ensure_alice', '42501', NULL, 'not even Alice herself');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('ensure_alice', '42501', NULL, 'nor support');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('ensure_alice', '42501', NULL, 'nor a worker');

RESET ROLE;
SELECT finish();
ROLLBACK;
