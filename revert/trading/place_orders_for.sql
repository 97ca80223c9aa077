-- Revert tradebase:trading/place_orders_for from pg

BEGIN;

CALL ops.guard_revert('trading/place_orders_for');

DROP FUNCTION trading.place_orders_for(uuid, jsonb);

COMMIT;
