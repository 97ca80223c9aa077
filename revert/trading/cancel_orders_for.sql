-- Revert tradebase:trading/cancel_orders_for from pg

BEGIN;

CALL ops.guard_revert('trading/cancel_orders_for');

DROP FUNCTION trading.cancel_orders_for(uuid, uuid[], text[]);

COMMIT;
