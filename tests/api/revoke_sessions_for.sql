-- api.revoke_sessions_for(): a service signs somebody out.

BEGIN;
SELECT plan(6);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'revoke_sessions_for', ARRAY['uuid', 'uuid']);
SELECT is(pg_temp.who_may_execute('api.revoke_sessions_for(uuid,uuid)'), ARRAY['service_role'], 'for a service');
\set first 5e551011-0000-4000-8000-00000000000a
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES
(:'first', :'alice', 'infinity'), (gen_random_uuid(), :'alice', 'infinity'), (gen_random_uuid(), :'bob', 'infinity');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok(format('SELECT api.revoke_sessions_for(%L)', :'alice'), '42501', NULL, 'Bob does not sign Alice out');
SET LOCAL ROLE service_role;
SELECT is(api.revoke_sessions_for(:'alice', :'first'), 1, 'in one place');
SELECT is(api.revoke_sessions_for(:'alice'), 1, 'and everywhere');
RESET ROLE;
SELECT is(
    (SELECT count(*) FROM identity.user_sessions WHERE user_id = :'bob' AND revoked_at IS NULL), 1::bigint, 'Bob stays'
);

SELECT finish();
ROLLBACK;
