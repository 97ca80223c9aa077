-- Out of a market at once.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT m.symbol AS quiet FROM market.market_state AS s JOIN market.markets AS m ON m.id = s.market_id
ORDER BY s.last_trade_seq LIMIT 1 \gset
SELECT count(trading.place_order_for(:'user', :'quiet', 'buy', 'limit', 1, 0.01)) FROM generate_series(1, 3) AS s (n);

SELECT pg_temp.works(
    format('SELECT api.cancel_all_orders(%L)', :'quiet'),
    'authenticated', :'claims',
    '{orders_open_user_id_market_id_seq_idx}',
    rows => 250, buffers => 550
);

SELECT finish();
ROLLBACK;
