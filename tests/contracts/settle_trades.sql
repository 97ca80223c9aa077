-- A trade of an external engine: both orders, four balances, two positions.
-- Role tradebase_engine.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset
SELECT s.last_engine_seq + 1 AS next_seq FROM market.market_state AS s WHERE s.market_id = :market \gset
SELECT b.user_id AS other FROM portfolio.balances AS b JOIN market.markets AS m ON m.base_asset_id = b.asset_id
WHERE m.id = :market AND b.user_id <> :'user' AND b.available > 1 ORDER BY b.version DESC LIMIT 1 \gset
SELECT trading.place_order_for(:'other', :'symbol', 'sell', 'limit', 0.01, 1) -> 'order' ->> 'id' AS taken \gset

SELECT pg_temp.works(
    format($$ SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object('market', %L, 'first_seq', %s,
    'events', jsonb_build_array(
        jsonb_build_object('maker_order_id', %L, 'taker_order_id', %L, 'price', '1', 'quantity', '0.01')
    )))) $$, :'symbol', :next_seq, :'order', :'taken'),
    'tradebase_engine', :'claims',
    '{orders_pkey,market_state_pkey,balances_pkey,positions_pkey}',
    rows => 60, buffers => 350
);

SELECT finish();
ROLLBACK;
