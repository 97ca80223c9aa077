-- Cancels of several, all or none.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset

SELECT pg_temp.works(
    $$ SELECT api.cancel_orders(client_order_ids => '{contract}') $$,
    'authenticated', :'claims',
    '{client_orders_pkey,orders_pkey}',
    rows => 30, buffers => 140
);

SELECT finish();
ROLLBACK;
