-- Revert tradebase:trading/cancel_orders from pg

BEGIN;

CALL ops.guard_revert('trading/cancel_orders');

DROP FUNCTION trading.cancel_orders(uuid[], text[]);

COMMIT;
