-- api.feature_flags(): what is on for me.

BEGIN;
SELECT plan(8);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'feature_flags', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('api.feature_flags()'), ARRAY[
    'anon', 'authenticated', 'tradebase_auditor', 'tradebase_operator', 'tradebase_reporter', 'tradebase_support'
], 'for people, staff too');
INSERT INTO system.feature_flags (key, description, is_enabled, allowed_user_ids)
VALUES ('t_alices', 'Alice''s.', TRUE, ARRAY[:'alice']::uuid[]);
PREPARE mine AS SELECT api.feature_flags() -> 't_alices';

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('mine', ARRAY['true'::jsonb], 'on for Alice');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('mine', ARRAY['false'::jsonb], 'off for Bob');
-- For staff first: who has the role asks with the token that says so.
RESET ROLE;
UPDATE system.feature_flags SET is_for_staff = TRUE WHERE key = 't_alices';
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT results_eq('mine', ARRAY['true'::jsonb], 'what is for staff is on for Carol, who is support');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('mine', ARRAY['false'::jsonb], 'and off for Bob, who is not');
SET LOCAL ROLE anon;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT results_eq('mine', ARRAY['false'::jsonb], 'and for nobody');
SET LOCAL ROLE service_role;
SELECT throws_ok('mine', '42501', NULL, 'a service has no flags');

RESET ROLE;
SELECT finish();
ROLLBACK;
