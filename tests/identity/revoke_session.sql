-- identity.revoke_session(): who is signed in ends a session of their own.

BEGIN;
SELECT plan(11);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'revoke_session', ARRAY['uuid']);
SELECT is(pg_temp.who_may_execute('identity.revoke_session(uuid)'), ARRAY['authenticated'], 'for a user');
\set mine 5e551011-0000-4000-8000-00000000000a
\set other 5e551011-0000-4000-8000-0000000000aa
\set bobs 5e551011-0000-4000-8000-00000000000b
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES
(:'mine', :'alice', 'infinity'), (:'other', :'alice', 'infinity'), (:'bobs', :'bob', 'infinity');
PREPARE revoke_one(uuid) AS SELECT identity.revoke_session($1);
PREPARE alive AS SELECT s.id FROM identity.user_sessions AS s WHERE s.revoked_at IS NULL AND s.user_id IN (:'alice', :'bob') ORDER BY s.id;

SET LOCAL ROLE anon;
SELECT throws_ok(format('EXECUTE revoke_one(%L)', :'mine'), '42501', NULL, 'nobody off the street');
SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE revoke_one(%L)', :'mine'), '42501', NULL, 'no service');
SET LOCAL ROLE authenticated;
SELECT throws_ok(format('EXECUTE revoke_one(%L)', :'mine'), 'TR010', 'invalid user_id', 'nobody who is nobody');
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', :'mine'), TRUE);
SELECT throws_ok('EXECUTE revoke_one(NULL)', 'TR010', 'invalid session_id', 'which one is said, or all of them would go');
SELECT throws_ok(format('EXECUTE revoke_one(%L)', :'bobs'), 'TR502', 'unknown session', 'Bob''s is unknown to Alice');
SELECT is(identity.revoke_session(:'other'), 1, 'she ends her other one');
RESET ROLE;
SELECT results_eq('alive', ARRAY[:'mine', :'bobs']::uuid[], 'and no other');
SET LOCAL ROLE authenticated;
SELECT is(identity.revoke_session(:'mine'), 1, 'and the one she is in');
SELECT throws_ok(format('EXECUTE revoke_one(%L)', :'mine'), 'TR501', 'the session is over', 'after which she is out');

RESET ROLE;
SELECT finish();
ROLLBACK;
