-- Revert tradebase:trading/orders_access from pg

BEGIN;

CALL ops.guard_revert('trading/orders_access');

REVOKE SELECT ON trading.orders FROM tradebase_support;
REVOKE SELECT ON trading.orders FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON trading.orders FROM authenticated;
REVOKE SELECT, DELETE, UPDATE ON partitions.orders_open FROM tradebase_kernel;
REVOKE USAGE ON SCHEMA partitions FROM tradebase_kernel;
REVOKE USAGE ON SEQUENCE trading.command_seq FROM tradebase_kernel;
REVOKE SELECT, INSERT ON trading.orders FROM tradebase_kernel;

DROP POLICY orders_support_select ON trading.orders;
DROP POLICY orders_staff_select ON trading.orders;
DROP POLICY orders_owner_select ON trading.orders;
DROP POLICY orders_open_kernel_all ON partitions.orders_open;
DROP POLICY orders_kernel_all ON trading.orders;

COMMIT;
