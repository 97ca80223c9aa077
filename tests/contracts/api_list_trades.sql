-- A page of a market's tape, newest first.
-- Role anon; parameters: symbol, last number seen, how many. Every month, one probe each: numbers are no times.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, bigint, integer) AS SELECT * FROM api.list_trades($1, $2, $3);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, NULL, 50)', :'symbol'), 'anon', :'claims',
    '{trades_market_id_seq_idx}', pg_temp.leaves_of('trading.trades'),
    rows => 50, buffers => 40
);

SELECT finish();
ROLLBACK;
