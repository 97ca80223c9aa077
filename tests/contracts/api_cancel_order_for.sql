-- A cancel of a user's, by a service.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset

SELECT pg_temp.works(
    format('SELECT api.cancel_order_for(%L, %L)', :'user', :'order'),
    'service_role', :'claims',
    '{orders_pkey,balances_pkey}',
    rows => 20, buffers => 100
);

SELECT finish();
ROLLBACK;
