-- The newest trades of a market, through the view.
-- Role anon; parameter: the symbol. Every month, one probe each: numbers are no times.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT seq, price::text, quantity::text FROM api.trades WHERE market = $1 ORDER BY seq DESC LIMIT 50;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'symbol'), 'anon', :'claims',
    '{trades_market_id_seq_idx}', ARRAY(SELECT b.leaf::text FROM ops.partition_bounds('trading.trades') AS b),
    rows => 50, buffers => 120
);

SELECT finish();
ROLLBACK;
