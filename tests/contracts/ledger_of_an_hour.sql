-- What moved in a while, for a report.
-- Role tradebase_reporter; parameters: the bounds. The month of them. The time is that of a hundred trades, whatever
-- the traffic.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT date_trunc('month', max(t.executed_at), 'UTC') - INTERVAL '1 month' AS since FROM trading.trades AS t \gset
SELECT max(l.executed_at) AS until
FROM (
    SELECT t.executed_at FROM trading.trades AS t
    WHERE t.executed_at >= :'since'
    ORDER BY t.executed_at LIMIT 100
) AS l \gset

PREPARE contract(timestamptz, timestamptz) AS
SELECT sum(d_available) FROM portfolio.ledger_entries WHERE created_at >= $1 AND created_at < $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, %L)', :'since', :'until'), 'tradebase_reporter', :'claims',
    '{ledger_entries_created_at_idx}', ARRAY[pg_temp.leaf_of('portfolio.ledger_entries', :'since')],
    rows => 1, buffers => 60
);

SELECT finish();
ROLLBACK;
