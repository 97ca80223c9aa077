-- Revert tradebase:monitoring/statement_baseline_access from pg

BEGIN;

CALL ops.guard_revert('monitoring/statement_baseline_access');

REVOKE SELECT ON monitoring.statement_baseline FROM tradebase_monitor;
REVOKE SELECT, INSERT, DELETE ON monitoring.statement_baseline FROM tradebase_kernel;

DROP POLICY statement_baseline_monitor_select ON monitoring.statement_baseline;
DROP POLICY statement_baseline_kernel_all ON monitoring.statement_baseline;

COMMIT;
