-- The trades of a market, by their number.
-- Role anon; parameters: the symbol and the numbers. Every month, one probe each: numbers are no times.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT s.last_trade_seq AS last FROM market.market_state AS s WHERE s.market_id = :market \gset

PREPARE contract(text, bigint, bigint) AS
SELECT seq, price::text, quantity::text FROM api.trades
WHERE market = $1 AND seq > $2 AND seq <= $3 ORDER BY seq DESC;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %s, %s)', :'symbol', :last - 50, :last), 'anon', :'claims',
    '{trades_market_id_seq_idx}', pg_temp.leaves_of('trading.trades'),
    rows => 50, buffers => 35
);

SELECT finish();
ROLLBACK;
