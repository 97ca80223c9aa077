-- Cancels of several of a user's, by a service.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset

SELECT pg_temp.works(
    format('SELECT api.cancel_orders_for(%L, ARRAY[%L]::uuid[])', :'user', :'order'),
    'service_role', :'claims',
    '{orders_pkey}',
    rows => 25, buffers => 140
);

SELECT finish();
ROLLBACK;
