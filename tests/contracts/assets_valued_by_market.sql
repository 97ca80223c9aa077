-- Which assets are valued by a market, before it is closed.
-- Role tradebase_operator; parameter: the market. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT code FROM market.assets WHERE valuation_market_id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(-1)', 'tradebase_operator', :'claims',
    '{assets_valuation_market_id_idx}', '{}',
    rows => 20, buffers => 10
);

SELECT finish();
ROLLBACK;
