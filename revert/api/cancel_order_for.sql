-- Revert tradebase:api/cancel_order_for from pg

BEGIN;

CALL ops.guard_revert('api/cancel_order_for');

DROP FUNCTION api.cancel_order_for(uuid, uuid, text);

COMMIT;
