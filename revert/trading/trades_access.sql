-- Revert tradebase:trading/trades_access from pg

BEGIN;

CALL ops.guard_revert('trading/trades_access');

REVOKE SELECT ON trading.trades FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON trading.trades FROM anon, authenticated;
REVOKE SELECT, INSERT ON trading.trades FROM tradebase_kernel;

DROP POLICY trades_staff_select ON trading.trades;
DROP POLICY trades_public_select ON trading.trades;
DROP POLICY trades_kernel_all ON trading.trades;

COMMIT;
