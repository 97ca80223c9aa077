-- Revert tradebase:api/place_order_for from pg

BEGIN;

CALL ops.guard_revert('api/place_order_for');

DROP FUNCTION api.place_order_for(uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text);

COMMIT;
