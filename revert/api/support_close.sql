-- Revert tradebase:api/support_close from pg

BEGIN;

CALL ops.guard_revert('api/support_close');

DROP FUNCTION api.support_close();

COMMIT;
