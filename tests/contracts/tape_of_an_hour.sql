-- What was traded in ten minutes, on every market, for a report.
-- Role tradebase_reporter; parameter: when it begins. The month of it.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT max(t.executed_at) - INTERVAL '10 minutes' AS from_at FROM trading.trades AS t WHERE t.market_id = :market \gset

PREPARE contract(timestamptz) AS
SELECT count(*) FROM trading.trades WHERE executed_at >= $1 AND executed_at < $1 + INTERVAL '10 minutes';
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'from_at'), 'tradebase_reporter', :'claims',
    '{trades_executed_at_idx}', ARRAY[pg_temp.leaf_of('trading.trades', :'from_at')],
    rows => 1, buffers => 600
);

SELECT finish();
ROLLBACK;
