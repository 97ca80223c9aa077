-- identity.revoke_all_sessions(): who is signed in is out, everywhere.

BEGIN;
SELECT plan(8);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'revoke_all_sessions', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('identity.revoke_all_sessions()'), ARRAY['authenticated'], 'for a user');
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES
('5e551011-0000-4000-8000-00000000000a', :'alice', 'infinity'), (gen_random_uuid(), :'alice', 'infinity'),
(gen_random_uuid(), :'bob', 'infinity');
PREPARE out AS SELECT identity.revoke_all_sessions();

SET LOCAL ROLE anon;
SELECT throws_ok('out', '42501', NULL, 'nobody off the street');
SET LOCAL ROLE service_role;
SELECT throws_ok('out', '42501', NULL, 'no service');
SET LOCAL ROLE authenticated;
SELECT throws_ok('out', 'TR010', 'invalid user_id', 'nobody who is nobody');
SELECT set_config(
    'request.jwt.claims', format('{"sub": "%s", "session_id": "5e551011-0000-4000-8000-00000000000a"}', :'alice'), TRUE
);
SELECT results_eq('out', ARRAY[2], 'Alice ends both of hers');
SELECT throws_ok('out', 'TR501', 'the session is over', 'and is out');
RESET ROLE;
SELECT is(
    (SELECT count(*) FROM identity.user_sessions WHERE user_id = :'bob' AND revoked_at IS NULL), 1::bigint, 'Bob is not'
);

SELECT finish();
ROLLBACK;
