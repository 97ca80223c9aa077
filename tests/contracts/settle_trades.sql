-- A trade of an external engine.
-- Role tradebase_engine.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(:'user', :'symbol', 'buy', 'limit', 0.01, 1) -> 'order' ->> 'id' AS "order",
    (SELECT s.last_engine_seq + 1 FROM market.market_state AS s WHERE s.market_id = :market) AS next_seq \gset

SELECT pg_temp.works(
    format($$ SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object('market', %L, 'first_seq', %s, 'events', jsonb_build_array(
        jsonb_build_object('order_id', %L, 'status', 'canceled', 'reason', 'user_cancel')
    )))) $$, :'symbol', :next_seq, :'order'),
    'tradebase_engine', :'claims',
    '{orders_pkey,market_state_pkey,balances_pkey}',
    rows => 200
);

SELECT finish();
ROLLBACK;
