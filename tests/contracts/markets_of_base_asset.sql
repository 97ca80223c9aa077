-- In which markets an asset is the base, before it is delisted.
-- Role tradebase_operator; parameter: the asset. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT symbol FROM market.markets WHERE base_asset_id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s)', :asset), 'tradebase_operator', :'claims',
    '{markets_base_asset_id_idx}', '{}',
    rows => 20, buffers => 10
);

SELECT finish();
ROLLBACK;
