-- Revert tradebase:trading/client_orders_access from pg

BEGIN;

CALL ops.guard_revert('trading/client_orders_access');

REVOKE SELECT, INSERT, DELETE ON trading.client_orders FROM tradebase_kernel;

DROP POLICY client_orders_kernel_delete ON trading.client_orders;
DROP POLICY client_orders_kernel_all ON trading.client_orders;

COMMIT;
