-- Revert tradebase:ops/job_runs_access from pg

BEGIN;

CALL ops.guard_revert('ops/job_runs_access');

REVOKE SELECT ON ops.job_runs FROM tradebase_monitor, tradebase_operator, tradebase_worker;
REVOKE SELECT, INSERT, UPDATE ON ops.job_runs FROM tradebase_kernel;

DROP POLICY job_runs_staff_select ON ops.job_runs;
DROP POLICY job_runs_kernel_all ON ops.job_runs;

COMMIT;
