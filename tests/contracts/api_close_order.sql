-- An engine ends one order.
-- Role tradebase_engine.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset
SELECT s.last_engine_seq + 1 AS next_seq FROM market.market_state AS s WHERE s.market_id = :market \gset

SELECT pg_temp.works(
    format('SELECT api.close_order(%L, ''canceled'', ''user_cancel'', %s)', :'order', :next_seq),
    'tradebase_engine', :'claims',
    '{orders_pkey,market_state_pkey,balances_pkey}',
    rows => 25, buffers => 110
);

SELECT finish();
ROLLBACK;
