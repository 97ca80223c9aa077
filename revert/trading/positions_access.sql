-- Revert tradebase:trading/positions_access from pg

BEGIN;

CALL ops.guard_revert('trading/positions_access');

REVOKE SELECT ON trading.positions FROM tradebase_support;
REVOKE SELECT ON trading.positions FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON trading.positions FROM authenticated;
REVOKE SELECT, INSERT, UPDATE ON trading.positions FROM tradebase_kernel;

DROP POLICY positions_support_select ON trading.positions;
DROP POLICY positions_staff_select ON trading.positions;
DROP POLICY positions_owner_select ON trading.positions;
DROP POLICY positions_kernel_all ON trading.positions;

COMMIT;
