-- Revert tradebase:api/list_orders from pg

BEGIN;

CALL ops.guard_revert('api/list_orders');

DROP FUNCTION api.list_orders(text, timestamptz, uuid, integer);

COMMIT;
