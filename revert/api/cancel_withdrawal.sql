-- Revert tradebase:api/cancel_withdrawal from pg

BEGIN;

CALL ops.guard_revert('api/cancel_withdrawal');

DROP FUNCTION api.cancel_withdrawal(uuid);

COMMIT;
