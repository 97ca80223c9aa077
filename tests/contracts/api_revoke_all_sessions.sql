-- A user is out, everywhere.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT identity.start_session(:'user', repeat('t', 43)) ->> 'session_id' AS session \gset

SELECT pg_temp.works(
    'SELECT api.revoke_all_sessions()',
    'authenticated', :'claims',
    '{user_sessions_user_id_created_at_idx}',
    rows => 3000, buffers => 3000
);

SELECT finish();
ROLLBACK;
