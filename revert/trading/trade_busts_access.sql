-- Revert tradebase:trading/trade_busts_access from pg

BEGIN;

CALL ops.guard_revert('trading/trade_busts_access');

REVOKE SELECT ON trading.trade_busts FROM tradebase_operator, tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON trading.trade_busts FROM anon, authenticated;
REVOKE SELECT, INSERT ON trading.trade_busts FROM tradebase_kernel;

DROP POLICY trade_busts_staff_select ON trading.trade_busts;
DROP POLICY trade_busts_public_select ON trading.trade_busts;
DROP POLICY trade_busts_kernel_all ON trading.trade_busts;

COMMIT;
