-- Revert tradebase:trading/order_event from pg

BEGIN;

CALL ops.guard_revert('trading/order_event');

DROP FUNCTION trading.order_event(trading.orders, text);

COMMIT;
