-- Revert tradebase:api/cancel_all_orders from pg

BEGIN;

CALL ops.guard_revert('api/cancel_all_orders');

DROP FUNCTION api.cancel_all_orders(text, text);

COMMIT;
