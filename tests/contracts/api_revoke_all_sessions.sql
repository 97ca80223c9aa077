-- A user is out, everywhere: of three sessions.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT p.user_id AS "user", jsonb_build_object('sub', p.user_id) AS claims FROM identity.profiles AS p
WHERE p.user_id NOT IN (SELECT s.user_id FROM identity.user_sessions AS s) LIMIT 1 \gset
SELECT count(identity.start_session(:'user', repeat('t', 43))) FROM generate_series(1, 3) AS s (n);

SELECT pg_temp.works(
    'SELECT api.revoke_all_sessions()',
    'authenticated', :'claims',
    '{user_sessions_user_id_created_at_idx}',
    rows => 20, buffers => 120
);

SELECT finish();
ROLLBACK;
