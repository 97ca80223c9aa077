-- Revert tradebase:api/close_order from pg

BEGIN;

CALL ops.guard_revert('api/close_order');

DROP FUNCTION api.close_order(uuid, text, text, bigint);

COMMIT;
