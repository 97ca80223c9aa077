-- Revert tradebase:trading/fills_access from pg

BEGIN;

CALL ops.guard_revert('trading/fills_access');

REVOKE SELECT ON trading.fills FROM tradebase_support;
REVOKE SELECT ON trading.fills FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON trading.fills FROM authenticated;
REVOKE SELECT, INSERT ON trading.fills FROM tradebase_kernel;

DROP POLICY fills_support_select ON trading.fills;
DROP POLICY fills_staff_select ON trading.fills;
DROP POLICY fills_owner_select ON trading.fills;
DROP POLICY fills_kernel_all ON trading.fills;

COMMIT;
