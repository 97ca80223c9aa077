-- Revert tradebase:trading/order_hold from pg

BEGIN;

CALL ops.guard_revert('trading/order_hold');

DROP FUNCTION trading.order_hold(text, numeric, numeric, numeric, numeric, integer);

COMMIT;
