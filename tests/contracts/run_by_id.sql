-- A run of a job by its id, as the job ends it.
-- Role tradebase_monitor; parameter: the id. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(bigint) AS SELECT * FROM ops.job_runs WHERE id = $1;
SELECT pg_temp.keeps(
    'EXECUTE contract(7)', 'tradebase_monitor', :'claims',
    '{job_runs_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
