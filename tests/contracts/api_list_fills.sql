-- A page of a user's fills, newest first.
-- Role authenticated, under its policy; parameters: time and id of the last row seen, how many. The months that the
-- page needs.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT f.executed_at AS seen_at, f.id AS seen FROM trading.fills AS f
WHERE f.user_id = :'user' ORDER BY f.executed_at DESC, f.id DESC LIMIT 1 \gset

PREPARE contract(timestamptz, uuid, integer) AS SELECT * FROM api.list_fills(NULL, $1, $2, $3);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L, 100)', :'seen_at', :'seen'), 'authenticated', :'claims',
    '{fills_user_id_executed_at_id_idx}', ARRAY[pg_temp.leaf_of('trading.fills', :'seen_at')],
    rows => 100, buffers => 700
);

SELECT finish();
ROLLBACK;
