-- Revert tradebase:trading/cancel_all_orders_for from pg

BEGIN;

CALL ops.guard_revert('trading/cancel_all_orders_for');

DROP FUNCTION trading.cancel_all_orders_for(uuid, text, text);

COMMIT;
