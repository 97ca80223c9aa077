-- The service sees somebody again.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT identity.start_session(:'user', repeat('t', 43)) ->> 'session_id' AS session \gset

SELECT pg_temp.works(
    format('SELECT api.touch_session(%L, %L)', :'session', repeat('t', 43)),
    'service_role', :'claims',
    '{user_sessions_pkey}',
    rows => 10, buffers => 15
);

SELECT finish();
ROLLBACK;
