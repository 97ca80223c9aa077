-- What a user owns of each asset.
-- Role authenticated, under its policy; no parameters. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS SELECT asset, available::text, held::text, total::text FROM api.balances;
SELECT pg_temp.keeps(
    'EXECUTE contract', 'authenticated', :'claims',
    '{balances_pkey}', '{}',
    rows => 100, buffers => 40
);

SELECT finish();
ROLLBACK;
