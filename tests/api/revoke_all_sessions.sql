-- api.revoke_all_sessions(): I am out, everywhere.

BEGIN;
SELECT plan(5);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'revoke_all_sessions', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('api.revoke_all_sessions()'), ARRAY['authenticated'], 'for users');
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES
(gen_random_uuid(), :'alice', 'infinity'), (gen_random_uuid(), :'alice', 'infinity'), (gen_random_uuid(), :'bob', 'infinity');

SET LOCAL ROLE service_role;
SELECT throws_ok('SELECT api.revoke_all_sessions()', '42501', NULL, 'a service has none');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(api.revoke_all_sessions(), 2, 'both of Alice''s are over');
RESET ROLE;
SELECT is(
    (SELECT count(*) FROM identity.user_sessions WHERE user_id = :'bob' AND revoked_at IS NULL), 1::bigint, 'Bob''s is not'
);

SELECT finish();
ROLLBACK;
