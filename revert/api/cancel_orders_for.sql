-- Revert tradebase:api/cancel_orders_for from pg

BEGIN;

CALL ops.guard_revert('api/cancel_orders_for');

DROP FUNCTION api.cancel_orders_for(uuid, uuid[], text[]);

COMMIT;
