-- What a user traded between two times, newest first.
-- Role authenticated, under its policy; parameters: the bounds and how many. The month of the bounds.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT min(l.at) AS since, max(l.at) + INTERVAL '1 microsecond' AS until
FROM (
    SELECT executed_at AS at FROM trading.fills
    WHERE user_id = :'user'
    ORDER BY executed_at DESC LIMIT 100
) AS l \gset

PREPARE contract(timestamptz, timestamptz, bigint) AS
SELECT id, market, side, price::text FROM api.fills
WHERE executed_at >= $1 AND executed_at < $2 ORDER BY executed_at DESC LIMIT $3;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L, 100)', :'since', :'until'), 'authenticated', :'claims',
    '{fills_user_id_executed_at_id_idx}', ARRAY[pg_temp.leaf_of('trading.fills', :'since')],
    rows => 100, buffers => 400
);

SELECT finish();
ROLLBACK;
