-- The trades since the last roll become candles: a hundred of them.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

UPDATE market.candle_state AS c SET last_seq = s.last_trade_seq - 100
FROM market.market_state AS s WHERE s.market_id = c.market_id;

SELECT pg_temp.works(
    format('SELECT market.roll_candles(%L)', :'symbol'),
    'tradebase_worker', :'claims',
    '{candle_state_pkey,trades_market_id_seq_idx,price_history_pkey}',
    rows => 700, buffers => 5000
);

SELECT finish();
ROLLBACK;
