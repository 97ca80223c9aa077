-- Revert tradebase:api/place_order from pg

BEGIN;

CALL ops.guard_revert('api/place_order');

DROP FUNCTION api.place_order(text, text, text, numeric, numeric, text, text, boolean, timestamptz, text);

COMMIT;
