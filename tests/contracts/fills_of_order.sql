-- The fills that an order embeds.
-- Role authenticated, under its policy; parameter: the order. Of fills every month since the order was placed, of
-- orders every month: one probe each.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT f.order_id AS "order" FROM trading.fills AS f
WHERE f.user_id = :'user' ORDER BY f.executed_at, f.id LIMIT 1 \gset

PREPARE contract(uuid) AS SELECT f.id, f.price::text FROM api.order_history AS o, api.fills(o) AS f WHERE o.id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'order'), 'authenticated', :'claims',
    '{fills_order_id_idx,orders_pkey}', pg_temp.leaves_of('trading.fills') || pg_temp.leaves_of('trading.orders'),
    rows => 100, buffers => 70
);

SELECT finish();
ROLLBACK;
