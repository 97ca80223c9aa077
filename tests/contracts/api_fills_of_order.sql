-- The fills that an order embeds.
-- Role authenticated, under its policy; parameter: the order. Every month, one probe each: an order lives up to
-- ninety days, and its fills with it.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT f.executed_at, f.id AS fill, f.order_id AS "order" FROM trading.fills AS f
WHERE f.user_id = :'user' ORDER BY f.executed_at DESC, f.id DESC LIMIT 1 \gset

PREPARE contract(uuid) AS SELECT f.id, f.price::text FROM api.order_history AS o, api.fills(o) AS f WHERE o.id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'order'), 'authenticated', :'claims',
    '{fills_order_id_idx}', ARRAY(SELECT b.leaf::text FROM ops.partition_bounds('trading.fills') AS b) || ARRAY(SELECT b.leaf::text FROM ops.partition_bounds('trading.orders') AS b WHERE b.from_at < 'infinity'),
    rows => 100, buffers => 200
);

SELECT finish();
ROLLBACK;
