-- Who holds an asset, before it is delisted.
-- Role tradebase_auditor; parameter: the asset. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT count(*) FROM portfolio.balances WHERE asset_id = $1 AND available + held > 0;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s)', -1), 'tradebase_auditor', :'claims',
    '{balances_asset_id_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
