-- Another price of a user's order, by a service: another order.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset

SELECT pg_temp.works(
    format('SELECT api.amend_order_for(%L, %L, price => 2)', :'user', :'order'),
    'service_role', :'claims',
    '{orders_pkey,balances_pkey}',
    rows => 50, buffers => 250
);

SELECT finish();
ROLLBACK;
