-- An engine has an order in its book.
-- Role tradebase_engine.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT trading.place_order_for(
    :'user', :'symbol', 'buy', 'limit', 0.01, 1, client_order_id => 'contract'
) -> 'order' ->> 'id' AS "order" \gset

SELECT pg_temp.works(
    format('SELECT api.ack_order(%L)', :'order'),
    'tradebase_engine', :'claims',
    '{orders_pkey}',
    rows => 10, buffers => 20
);

SELECT finish();
ROLLBACK;
