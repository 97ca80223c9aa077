-- What a user wrote a moment ago: it reads no table.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.wait_for_token(%L)', core.write_token()),
    'authenticated', :'claims',
    '{}',
    rows => 1, buffers => 0
);

SELECT finish();
ROLLBACK;
