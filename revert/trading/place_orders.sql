-- Revert tradebase:trading/place_orders from pg

BEGIN;

CALL ops.guard_revert('trading/place_orders');

DROP FUNCTION trading.place_orders(jsonb);

COMMIT;
