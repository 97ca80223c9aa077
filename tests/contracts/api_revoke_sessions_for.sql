-- A service signs somebody out.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT identity.start_session(:'user', repeat('t', 43)) ->> 'session_id' AS session \gset

SELECT pg_temp.works(
    format('SELECT api.revoke_sessions_for(%L, %L)', :'user', :'session'),
    'service_role', :'claims',
    '{user_sessions_pkey}',
    rows => 10, buffers => 45
);

SELECT finish();
ROLLBACK;
