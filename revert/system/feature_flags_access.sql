-- Revert tradebase:system/feature_flags_access from pg

BEGIN;

CALL ops.guard_revert('system/feature_flags_access');

REVOKE SELECT ON system.feature_flags FROM tradebase_operator;
REVOKE SELECT, INSERT, UPDATE ON system.feature_flags FROM tradebase_kernel;

DROP POLICY feature_flags_operator_select ON system.feature_flags;
DROP POLICY feature_flags_kernel_all ON system.feature_flags;

COMMIT;
