-- An engine's event, handed on by a service.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset
SELECT s.last_engine_seq + 1 AS next_seq FROM market.market_state AS s WHERE s.market_id = :market \gset

SELECT pg_temp.works(
    format($$ SELECT api.settle_trades(jsonb_build_array(jsonb_build_object('market', %L, 'first_seq', %s, 'events',
    jsonb_build_array(
        jsonb_build_object('order_id', %L, 'status', 'canceled', 'reason', 'user_cancel')
    )))) $$, :'symbol', :next_seq, :'order'),
    'service_role', :'claims',
    '{orders_pkey,market_state_pkey,balances_pkey}',
    rows => 25, buffers => 90
);

SELECT finish();
ROLLBACK;
