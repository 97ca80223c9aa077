-- The bars of every market in an hour, for a report.
-- Role tradebase_reporter; parameters: the bounds. The month of the hour.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(timestamptz) AS
SELECT count(*) FROM market.price_history WHERE bucket_start >= $1 AND bucket_start < $1 + INTERVAL '1 hour';
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', date_trunc('month', now())), 'tradebase_reporter', :'claims',
    '{price_history_bucket_start_idx}', ARRAY[pg_temp.leaf_of('market.price_history', date_trunc('month', now()))],
    rows => 1, buffers => 200
);

SELECT finish();
ROLLBACK;
