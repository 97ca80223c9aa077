-- When a job last ran, and how that ended.
-- Role tradebase_monitor; parameter: the job. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text) AS SELECT status, finished_at FROM ops.job_runs WHERE job = $1 ORDER BY started_at DESC LIMIT 1;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('ops.ensure_partitions') $$, 'tradebase_monitor', :'claims',
    '{job_runs_job_idx}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
