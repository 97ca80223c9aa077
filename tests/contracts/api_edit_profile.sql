-- A user says who they are.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    $$ SELECT api.edit_profile('{"timezone": "Europe/Madrid"}') $$,
    'authenticated', :'claims',
    '{profiles_pkey}',
    rows => 15, buffers => 70
);

SELECT finish();
ROLLBACK;
