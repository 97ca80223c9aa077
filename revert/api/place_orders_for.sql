-- Revert tradebase:api/place_orders_for from pg

BEGIN;

CALL ops.guard_revert('api/place_orders_for');

DROP FUNCTION api.place_orders_for(uuid, jsonb);

COMMIT;
