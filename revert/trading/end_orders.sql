-- Revert tradebase:trading/end_orders from pg

BEGIN;

CALL ops.guard_revert('trading/end_orders');

DROP FUNCTION trading.end_orders(uuid[], text, text);

COMMIT;
