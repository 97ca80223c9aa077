-- Revert tradebase:ops/job_runs from pg

BEGIN;

CALL ops.guard_revert('ops/job_runs');

DROP TABLE ops.job_runs;

COMMIT;
