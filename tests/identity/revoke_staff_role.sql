-- identity.revoke_staff_role(): who works here no longer has no role, no session, and a row that says they had one.

BEGIN;
SELECT plan(13);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'revoke_staff_role', ARRAY['uuid', 'text']);
SELECT is(
    pg_temp.who_may_execute('identity.revoke_staff_role(uuid,text)'), ARRAY['tradebase_operator'], 'for the operator'
);
PREPARE leaves(uuid, text) AS SELECT identity.revoke_staff_role($1, $2);
PREPARE carols AS
SELECT r.role, r.revoked_at IS NOT NULL, r.revoked_by ->> 'database_role', (
    SELECT count(*) FROM identity.user_sessions AS s WHERE s.user_id = r.user_id AND s.revoked_at IS NULL
) FROM identity.staff_roles AS r WHERE r.user_id = :'carol';

SET LOCAL ROLE authenticated;
SELECT throws_ok(format('EXECUTE leaves(%L, %L)', :'carol', 'x'), '42501', NULL, 'no user');
SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE leaves(%L, %L)', :'carol', 'x'), '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT throws_ok(format('EXECUTE leaves(%L, %L)', :'carol', 'x'), '42501', NULL, 'not Carol herself');
SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(format('EXECUTE leaves(%L, NULL)', :'carol'), 'TR010', 'invalid reason', 'not without a reason');
SELECT throws_ok($$ EXECUTE leaves(gen_random_uuid(), 'x') $$, 'TR012', 'unknown user', 'nobody does not work here');
RESET ROLE;
SELECT results_eq(
    'carols', $$ VALUES ('tradebase_support', FALSE, NULL::text, 1::bigint) $$, 'no refusal took anything'
);
SET LOCAL ROLE tradebase_operator;
SELECT is(identity.revoke_staff_role(:'alice', 'x'), FALSE, 'who has no role loses none');
SELECT is(identity.revoke_staff_role(:'carol', 'She left.'), TRUE, 'Carol had one');
SELECT results_eq('SELECT (identity.staff_role(''cccccccc-0000-4000-8000-00000000000c'')).role', ARRAY[NULL::text], 'and has none');
RESET ROLE;
SELECT results_eq(
    'carols', $$ VALUES ('tradebase_support', TRUE, 'tradebase_operator', 0::bigint) $$, 'on record, and signed out'
);
SET LOCAL ROLE tradebase_operator;
SELECT is(identity.revoke_staff_role(:'carol', 'She left.'), FALSE, 'once');

RESET ROLE;
SELECT finish();
ROLLBACK;
