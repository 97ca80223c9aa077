-- Which trades of a market no longer count.
-- Role anon; parameter: the symbol. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT * FROM api.trade_busts WHERE market = $1 ORDER BY trade_seq;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'symbol'), 'anon', :'claims',
    '{trade_busts_market_id_trade_seq_key}', '{}',
    rows => 100, buffers => 20
);

SELECT finish();
ROLLBACK;
