-- Revert tradebase:trading/cancel_all_orders from pg

BEGIN;

CALL ops.guard_revert('trading/cancel_all_orders');

DROP FUNCTION trading.cancel_all_orders(text, text);

COMMIT;
