-- How far the candles of a market are.
-- Role tradebase_operator; parameter: the market. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer) AS SELECT * FROM market.candle_state WHERE market_id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s)', :market), 'tradebase_operator', :'claims',
    '{candle_state_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
