-- api.edit_profile(): I say who I am.

BEGIN;
SELECT plan(5);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'edit_profile', ARRAY['jsonb']);
SELECT is(pg_temp.who_may_execute('api.edit_profile(jsonb)'), ARRAY['authenticated'], 'it is for users');
PREPARE edit AS SELECT api.edit_profile('{"display_name": "Alice"}');
UPDATE system.system_config SET value = 'false' WHERE key = 'session_required';

SET LOCAL ROLE anon;
SELECT throws_ok('edit', '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(api.edit_profile('{"display_name": "Alice"}') ->> 'display_name', 'Alice', 'Alice says her name');
SELECT results_eq('SELECT display_name FROM api.profile', ARRAY['Alice'], 'and reads it');

RESET ROLE;
SELECT finish();
ROLLBACK;
