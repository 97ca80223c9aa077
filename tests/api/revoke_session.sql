-- api.revoke_session(): I end one of my sessions.

BEGIN;
SELECT plan(6);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'revoke_session', ARRAY['uuid']);
SELECT is(pg_temp.who_may_execute('api.revoke_session(uuid)'), ARRAY['authenticated'], 'for users');
\set mine 5e551011-0000-4000-8000-00000000000a
\set bobs 5e551011-0000-4000-8000-00000000000b
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES (:'mine', :'alice', 'infinity'), (:'bobs', :'bob', 'infinity');

SET LOCAL ROLE anon;
SELECT throws_ok(format('SELECT api.revoke_session(%L)', :'mine'), '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(format('SELECT api.revoke_session(%L)', :'bobs'), 'TR502', 'unknown session', 'not Bob''s');
SELECT is(api.revoke_session(:'mine'), 1, 'mine is over');
RESET ROLE;
SELECT results_eq(
    'SELECT s.id FROM identity.user_sessions AS s WHERE s.revoked_at IS NULL AND s.id::text LIKE ''5e551011%''',
    ARRAY[:'bobs'::uuid], 'and it alone'
);

SELECT finish();
ROLLBACK;
