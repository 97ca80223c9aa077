-- What was traded, on every market, in a while of late, for a report.
-- Role tradebase_reporter; parameters: the bounds. The month of them. The time is that of a hundred trades, whatever
-- the traffic.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT min(l.executed_at) AS since, max(l.executed_at) AS until
FROM (SELECT t.executed_at FROM trading.trades AS t ORDER BY t.executed_at DESC LIMIT 100) AS l \gset

PREPARE contract(timestamptz, timestamptz) AS SELECT count(*) FROM trading.trades WHERE executed_at >= $1 AND executed_at < $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L)', :'since', :'until'), 'tradebase_reporter', :'claims',
    '{trades_executed_at_idx}', ARRAY[pg_temp.leaf_of('trading.trades', :'since')],
    rows => 1, buffers => 900
);

SELECT finish();
ROLLBACK;
