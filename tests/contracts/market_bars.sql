-- The bars of a market in an hour.
-- Role authenticated; parameters: market and when. The month of the hour.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT date_trunc('hour', max(t.executed_at)) - INTERVAL '1 hour' AS from_at FROM trading.trades AS t
WHERE t.market_id = :market \gset

PREPARE contract(integer, timestamptz) AS
SELECT bucket_start, open, high, low, close FROM market.price_history
WHERE market_id = $1 AND interval = '1m' AND bucket_start >= $2 AND bucket_start < $2 + INTERVAL '1 hour'
ORDER BY bucket_start;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s, %L)', :market, :'from_at'), 'authenticated', :'claims',
    '{price_history_pkey}', ARRAY[pg_temp.leaf_of('market.price_history', :'from_at')],
    rows => 60, buffers => 25
);

SELECT finish();
ROLLBACK;
