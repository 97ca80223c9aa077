-- Revert tradebase:api/cancel_order from pg

BEGIN;

CALL ops.guard_revert('api/cancel_order');

DROP FUNCTION api.cancel_order(uuid, text);

COMMIT;
