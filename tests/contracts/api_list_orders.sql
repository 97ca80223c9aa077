-- A page of a user's ended orders, newest first.
-- Role authenticated, under its policy; parameters: time and id of the last row seen, how many. The months that the
-- page needs.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT o.closed_at AS seen_at, o.id AS seen FROM trading.orders AS o
WHERE o.user_id = :'user' AND o.closed_at < 'infinity' ORDER BY o.closed_at DESC, o.id DESC LIMIT 1 \gset

PREPARE contract(timestamptz, uuid, integer) AS SELECT * FROM api.list_orders(NULL, $1, $2, $3);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L, 100)', :'seen_at', :'seen'), 'authenticated', :'claims',
    '{orders_user_id_closed_at_id_idx}', ARRAY[pg_temp.leaf_of('trading.orders', :'seen_at')],
    rows => 100, buffers => 400
);

SELECT finish();
ROLLBACK;
