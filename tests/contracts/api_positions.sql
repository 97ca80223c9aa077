-- What a user's trades in each market add up to.
-- Role authenticated, under its policy; no parameters. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS SELECT market, quantity::text, entry_cost::text FROM api.positions;
SELECT pg_temp.keeps(
    'EXECUTE contract', 'authenticated', :'claims',
    '{positions_pkey}', '{}',
    rows => 100, buffers => 35
);

SELECT finish();
ROLLBACK;
