-- What a user says of themself.
-- Role authenticated, under its policy; no parameters. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS SELECT display_name, status, fee_tier FROM api.profile;
SELECT pg_temp.keeps(
    'EXECUTE contract', 'authenticated', :'claims',
    '{profiles_pkey,users_pkey}', '{}',
    rows => 1, buffers => 20
);

SELECT finish();
ROLLBACK;
