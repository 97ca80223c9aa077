-- A cancel by name.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset

SELECT pg_temp.works(
    $$ SELECT api.cancel_order(client_order_id => 'contract') $$,
    'authenticated', :'claims',
    '{client_orders_pkey,orders_pkey,balances_pkey}',
    rows => 25, buffers => 100
);

SELECT finish();
ROLLBACK;
