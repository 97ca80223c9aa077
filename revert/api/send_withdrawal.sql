-- Revert tradebase:api/send_withdrawal from pg

BEGIN;

CALL ops.guard_revert('api/send_withdrawal');

DROP FUNCTION api.send_withdrawal(uuid);

COMMIT;
