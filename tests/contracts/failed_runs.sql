-- What of a job failed of late, among very many runs that did not.
-- Role tradebase_monitor; parameters: the job, since when. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, timestamptz) AS
SELECT started_at, detail FROM ops.job_runs WHERE job = $1 AND status = 'failed' AND started_at > $2;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('ops.job_1', now()) $$, 'tradebase_monitor', :'claims',
    '{job_runs_failed_idx}', '{}',
    rows => 20, buffers => 20
);

SELECT finish();
ROLLBACK;
