-- What a statement cost up to the baseline.
-- Role tradebase_monitor; parameter: its number. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(bigint) AS SELECT calls, total_us FROM monitoring.statement_baseline WHERE query_id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(7)', 'tradebase_monitor', :'claims',
    '{statement_baseline_pkey}', '{}',
    rows => 10, buffers => 10
);

SELECT finish();
ROLLBACK;
