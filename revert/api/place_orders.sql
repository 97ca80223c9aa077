-- Revert tradebase:api/place_orders from pg

BEGIN;

CALL ops.guard_revert('api/place_orders');

DROP FUNCTION api.place_orders(jsonb);

COMMIT;
