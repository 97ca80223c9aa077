-- Revert tradebase:monitoring/storage_samples_access from pg

BEGIN;

CALL ops.guard_revert('monitoring/storage_samples_access');

REVOKE SELECT ON monitoring.storage_samples FROM tradebase_monitor;
REVOKE SELECT, INSERT, UPDATE, DELETE ON monitoring.storage_samples FROM tradebase_kernel;

DROP POLICY storage_samples_monitor_select ON monitoring.storage_samples;
DROP POLICY storage_samples_kernel_all ON monitoring.storage_samples;

COMMIT;
