-- The service signs somebody in, and sees them again.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format($$ SELECT api.start_session(%L) $$, :'user'),
    'service_role', :'claims',
    '{users_pkey}',
    rows => 20
);

SELECT finish();
ROLLBACK;
