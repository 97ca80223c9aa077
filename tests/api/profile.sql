-- api.profile: what I say of myself, and what I am here.

BEGIN;
SELECT plan(12);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'profile', ARRAY[
    'user_id', 'display_name', 'country', 'timezone', 'preferences', 'updated_at', 'status', 'fee_tier'
]);
SELECT is(
    pg_temp.grants_on('api.profile'), ARRAY['authenticated: SELECT', 'tradebase_support: SELECT'], 'for users and support'
);
UPDATE identity.profiles SET display_name = 'Alice' WHERE user_id = :'alice';
UPDATE identity.profiles SET display_name = 'Bob' WHERE user_id = :'bob';
PREPARE seen AS SELECT p.user_id, p.display_name, p.status, p.fee_tier FROM api.profile AS p;

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nobody off the street');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen', '42501', NULL, 'nor an operator');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('seen', 'nobody is nobody');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'seen', $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'Alice', 'active', 'standard') $$,
    'Alice reads hers, and what she is'
);
SELECT throws_ok($$ UPDATE api.profile SET display_name = 'x' $$, '42501', NULL, 'which is written by a function alone');
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE authenticated;
SELECT results_eq('SELECT status FROM api.profile', ARRAY['suspended'], 'who is suspended reads that they are');

SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is_empty('seen', 'support sees nobody');
SELECT identity.support_open(:'bob', 'A call.') IS NOT NULL AS opened;
SELECT results_eq('SELECT display_name FROM api.profile', ARRAY['Bob'], 'until they open a customer');
SELECT identity.support_close() AS closed;
SELECT is_empty('seen', 'and while they do');

RESET ROLE;
SELECT finish();
ROLLBACK;
