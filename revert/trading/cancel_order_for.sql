-- Revert tradebase:trading/cancel_order_for from pg

BEGIN;

CALL ops.guard_revert('trading/cancel_order_for');

DROP FUNCTION trading.cancel_order_for(uuid, uuid, text);

COMMIT;
