-- What is on for a user: all flags, which are few.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    'SELECT api.feature_flags()',
    'authenticated', :'claims',
    '{feature_flags_pkey}',
    rows => 350, buffers => 40, whole => 1
);

SELECT finish();
ROLLBACK;
