-- The bars of a market in an hour.
-- Role authenticated; parameters: market, interval and the bounds. The month of the hour.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(integer, timestamptz) AS
SELECT bucket_start, open, high, low, close FROM market.price_history
WHERE market_id = $1 AND interval = '1m' AND bucket_start >= $2 AND bucket_start < $2 + INTERVAL '1 hour' ORDER BY bucket_start;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%s, %L)', :market, date_trunc('month', now())), 'authenticated', :'claims',
    '{price_history_pkey}', ARRAY[pg_temp.leaf_of('market.price_history', date_trunc('month', now()))],
    rows => 60, buffers => 60
);

SELECT finish();
ROLLBACK;
