-- Revert tradebase:api/cancel_orders from pg

BEGIN;

CALL ops.guard_revert('api/cancel_orders');

DROP FUNCTION api.cancel_orders(uuid[], text[]);

COMMIT;
