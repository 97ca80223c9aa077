-- Revert tradebase:trading/tell_orders from pg

BEGIN;

CALL ops.guard_revert('trading/tell_orders');

DROP FUNCTION trading.tell_orders(trading.orders[], numeric[]);

COMMIT;
