-- Revert tradebase:api/amend_order from pg

BEGIN;

CALL ops.guard_revert('api/amend_order');

DROP FUNCTION api.amend_order(uuid, numeric, numeric, text);

COMMIT;
