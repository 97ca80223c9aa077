-- Revert tradebase:system/config_history_access from pg

BEGIN;

CALL ops.guard_revert('system/config_history_access');

REVOKE SELECT ON system.config_history FROM tradebase_operator, tradebase_auditor;
REVOKE SELECT, INSERT ON system.config_history FROM tradebase_kernel;

DROP POLICY config_history_staff_select ON system.config_history;
DROP POLICY config_history_kernel_all ON system.config_history;

COMMIT;
