-- What a user traded in a day, through the view.
-- Role authenticated, under its policy; parameters: the day's bounds. The month of the day.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT f.executed_at, f.id AS fill, f.order_id AS "order" FROM trading.fills AS f
WHERE f.user_id = :'user' ORDER BY f.executed_at DESC, f.id DESC LIMIT 1 \gset

PREPARE contract(timestamptz, timestamptz) AS
SELECT id, market, side, price::text FROM api.fills
WHERE executed_at >= $1 AND executed_at < $2 ORDER BY executed_at DESC LIMIT 20;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L)', :'executed_at'::timestamptz, :'executed_at'::timestamptz + INTERVAL '1 second'), 'authenticated', :'claims',
    '{fills_user_id_executed_at_idx}', ARRAY[pg_temp.leaf_of('trading.fills', :'executed_at')],
    rows => 20, buffers => 60
);

SELECT finish();
ROLLBACK;
