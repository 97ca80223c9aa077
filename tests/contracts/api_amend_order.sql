-- Less of an order, by name.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset

SELECT pg_temp.works(
    format('SELECT api.amend_order(%L, quantity => 0.005)', :'order'),
    'authenticated', :'claims',
    '{orders_pkey,balances_pkey}',
    rows => 25, buffers => 110
);

SELECT finish();
ROLLBACK;
