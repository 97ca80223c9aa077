-- A page of a user's ended orders through the view, newest first, as its comment says to read it.
-- Role authenticated, under its policy; parameters: time and id of the last row seen, how many. The months that the
-- page needs.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT o.closed_at AS seen_at, o.id AS seen FROM trading.orders AS o
WHERE o.user_id = :'user' AND o.closed_at < 'infinity' ORDER BY o.closed_at DESC, o.id DESC LIMIT 1 \gset

PREPARE contract(timestamptz, uuid, bigint) AS
SELECT id, market, status FROM api.order_history
WHERE closed_at <= $1 AND (closed_at, id) < ($1, $2) ORDER BY closed_at DESC, id DESC LIMIT $3;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L, 20)', :'seen_at', :'seen'), 'authenticated', :'claims',
    '{orders_user_id_closed_at_id_idx}', ARRAY[pg_temp.leaf_of('trading.orders', :'seen_at')],
    rows => 20, buffers => 50
);

SELECT finish();
ROLLBACK;
