-- Revert tradebase:monitoring/pool_samples_access from pg

BEGIN;

CALL ops.guard_revert('monitoring/pool_samples_access');

REVOKE SELECT ON monitoring.pool_samples FROM tradebase_monitor;
REVOKE SELECT, INSERT, DELETE ON monitoring.pool_samples FROM tradebase_kernel;

DROP POLICY pool_samples_monitor_select ON monitoring.pool_samples;
DROP POLICY pool_samples_kernel_all ON monitoring.pool_samples;

COMMIT;
