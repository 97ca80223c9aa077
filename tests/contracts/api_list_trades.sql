-- A page of a market's tape, newest first.
-- Role anon; parameters: the symbol and the last number seen. Every month, one probe each: numbers are no times.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, bigint) AS SELECT * FROM api.list_trades($1, $2, 50);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, NULL)', :'symbol'), 'anon', :'claims',
    '{trades_market_id_seq_idx}', ARRAY(SELECT b.leaf::text FROM ops.partition_bounds('trading.trades') AS b),
    rows => 50, buffers => 120
);

SELECT finish();
ROLLBACK;
