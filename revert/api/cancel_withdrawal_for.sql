-- Revert tradebase:api/cancel_withdrawal_for from pg

BEGIN;

CALL ops.guard_revert('api/cancel_withdrawal_for');

DROP FUNCTION api.cancel_withdrawal_for(uuid, uuid, text);

COMMIT;
