-- Deploy tradebase:ops/job_runs_access to pg
-- requires: ops/job_runs

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY job_runs_kernel_all ON ops.job_runs FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (finished_at, status, detail) ON ops.job_runs TO tradebase_kernel;

-- Those who watch, operate and repair read every run. Nobody else sees one: detail may name a user.
CREATE POLICY job_runs_staff_select ON ops.job_runs
FOR SELECT TO tradebase_monitor, tradebase_operator, tradebase_worker
USING (TRUE);

GRANT SELECT ON ops.job_runs TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
