-- Revert tradebase:api/amend_order_for from pg

BEGIN;

CALL ops.guard_revert('api/amend_order_for');

DROP FUNCTION api.amend_order_for(uuid, uuid, numeric, numeric, text);

COMMIT;
