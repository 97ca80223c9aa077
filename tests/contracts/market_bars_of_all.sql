-- The bars of every market in an hour, for a report.
-- Role tradebase_reporter; parameter: when. The month of the hour.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT date_trunc('hour', min(h.bucket_start)) + INTERVAL '1 hour' AS from_at FROM market.price_history AS h
WHERE h.bucket_start >= (SELECT date_trunc('month', max(t.executed_at), 'UTC') FROM trading.trades AS t) \gset

PREPARE contract(timestamptz) AS
SELECT sum(base_volume) FROM market.price_history WHERE bucket_start >= $1 AND bucket_start < $1 + INTERVAL '1 hour';
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'from_at'), 'tradebase_reporter', :'claims',
    '{price_history_bucket_start_idx}', ARRAY[pg_temp.leaf_of('market.price_history', :'from_at')],
    rows => 1, buffers => 60
);

SELECT finish();
ROLLBACK;
