-- A user is out, there.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT identity.start_session(:'user', repeat('t', 43)) ->> 'session_id' AS session \gset

SELECT pg_temp.works(
    format('SELECT api.revoke_session(%L)', :'session'),
    'authenticated', :'claims',
    '{user_sessions_pkey}',
    rows => 10, buffers => 60
);

SELECT finish();
ROLLBACK;
