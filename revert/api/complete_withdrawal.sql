-- Revert tradebase:api/complete_withdrawal from pg

BEGIN;

CALL ops.guard_revert('api/complete_withdrawal');

DROP FUNCTION api.complete_withdrawal(uuid, text);

COMMIT;
