-- Revert tradebase:trading/order_json from pg

BEGIN;

CALL ops.guard_revert('trading/order_json');

DROP FUNCTION trading.order_json(trading.orders);

COMMIT;
