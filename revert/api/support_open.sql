-- Revert tradebase:api/support_open from pg

BEGIN;

CALL ops.guard_revert('api/support_open');

DROP FUNCTION api.support_open(uuid, text);

COMMIT;
