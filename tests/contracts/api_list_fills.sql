-- A page of a user's fills, newest first.
-- Role authenticated, under its policy; parameters: time and id of the last row seen. The months that the page
-- needs.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT f.executed_at, f.id AS fill, f.order_id AS "order" FROM trading.fills AS f
WHERE f.user_id = :'user' ORDER BY f.executed_at DESC, f.id DESC LIMIT 1 \gset

PREPARE contract(timestamptz, uuid) AS SELECT * FROM api.list_fills(NULL, $1, $2, 20);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L)', :'executed_at'::timestamptz + INTERVAL '1 second', :'fill'), 'authenticated', :'claims',
    '{fills_user_id_executed_at_idx}', ARRAY[pg_temp.leaf_of('trading.fills', :'executed_at')],
    rows => 20, buffers => 150
);

SELECT finish();
ROLLBACK;
