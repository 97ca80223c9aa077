-- The service signs somebody in.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.start_session(%L, %L)', :'user', repeat('t', 43)),
    'service_role', :'claims',
    '{users_pkey}',
    rows => 40, buffers => 50
);

SELECT finish();
ROLLBACK;
