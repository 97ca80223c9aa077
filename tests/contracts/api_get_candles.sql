-- The candles of an hour, and the one before it for what was not traded.
-- Role anon; parameters: symbol, interval and the bounds. The month of the hour; the one before it is found in the
-- newest month that has one.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT
    date_trunc('hour', max(t.executed_at)) - INTERVAL '1 hour' AS from_at,
    date_trunc('hour', max(t.executed_at)) AS to_at
FROM trading.trades AS t WHERE t.market_id = :market \gset

PREPARE contract(text, text, timestamptz, timestamptz) AS SELECT * FROM api.get_candles($1, $2, $3, $4);
SELECT pg_temp.keeps(
    format($$ EXECUTE contract(%L, '1m', %L, %L) $$, :'symbol', :'from_at', :'to_at'), 'anon', :'claims',
    '{price_history_pkey}', ARRAY[pg_temp.leaf_of('market.price_history', :'from_at')],
    rows => 60, buffers => 25
);

SELECT finish();
ROLLBACK;
