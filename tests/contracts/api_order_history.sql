-- A page of a user's ended orders through the view, newest first, as its comment says to read it.
-- Role authenticated, under its policy; parameters: time and id of the last row seen. The months that the page
-- needs.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT o.closed_at, o.id AS "order" FROM trading.orders AS o
WHERE o.user_id = :'user' AND o.closed_at < 'infinity' ORDER BY o.closed_at DESC, o.id DESC LIMIT 1 \gset

PREPARE contract(timestamptz, uuid) AS
SELECT id, market, status FROM api.order_history
WHERE closed_at <= $1 AND (closed_at, id) < ($1, $2) ORDER BY closed_at DESC, id DESC LIMIT 20;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L)', :'closed_at'::timestamptz + INTERVAL '1 second', :'order'), 'authenticated', :'claims',
    '{orders_user_id_closed_at_id_idx}', ARRAY[pg_temp.leaf_of('trading.orders', :'closed_at')],
    rows => 20, buffers => 60
);

SELECT finish();
ROLLBACK;
