-- Which trades of a market no longer count, since a number.
-- Role anon; parameters: the symbol and the number. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT min(l.seq) AS since FROM (
    SELECT b.trade_seq AS seq FROM trading.trade_busts AS b WHERE b.market_id = :market
    ORDER BY b.trade_seq DESC LIMIT 10
) AS l \gset

PREPARE contract(text, bigint) AS
SELECT * FROM api.trade_busts WHERE market = $1 AND trade_seq >= $2 ORDER BY trade_seq;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %s)', :'symbol', :since), 'anon', :'claims',
    '{trade_busts_market_id_trade_seq_key}', '{}',
    rows => 10, buffers => 15
);

SELECT finish();
ROLLBACK;
