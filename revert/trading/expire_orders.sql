-- Revert tradebase:trading/expire_orders from pg

BEGIN;

CALL ops.guard_revert('trading/expire_orders');

DROP FUNCTION trading.expire_orders(timestamptz, integer);

COMMIT;
