-- Revert tradebase:api/deposit from pg

BEGIN;

CALL ops.guard_revert('api/deposit');

DROP FUNCTION api.deposit(uuid, text, numeric, text, text);

COMMIT;
