-- Deploy tradebase:monitoring/statement_baseline_access to pg
-- requires: monitoring/statement_baseline

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: a baseline takes the
-- place of the one before.
CREATE POLICY statement_baseline_kernel_all ON monitoring.statement_baseline FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, DELETE ON monitoring.statement_baseline TO tradebase_kernel;

-- Those who watch read it. It is written by monitoring.save_baseline() alone.
CREATE POLICY statement_baseline_monitor_select ON monitoring.statement_baseline FOR SELECT TO tradebase_monitor
USING (TRUE);

GRANT SELECT ON monitoring.statement_baseline TO tradebase_monitor;

COMMIT;
