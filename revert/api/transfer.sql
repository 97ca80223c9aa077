-- Revert tradebase:api/transfer from pg

BEGIN;

CALL ops.guard_revert('api/transfer');

DROP FUNCTION api.transfer(uuid, text, numeric, text);

COMMIT;
