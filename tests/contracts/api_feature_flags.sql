-- What is on for a user: all flags, which are few.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    'SELECT api.feature_flags()',
    'authenticated', :'claims',
    '{feature_flags_pkey}',
    rows => 300, buffers => 100, whole => 1
);

SELECT finish();
ROLLBACK;
