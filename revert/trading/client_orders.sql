-- Revert tradebase:trading/client_orders from pg

BEGIN;

CALL ops.guard_revert('trading/client_orders');

DROP TABLE trading.client_orders;

COMMIT;
