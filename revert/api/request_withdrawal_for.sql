-- Revert tradebase:api/request_withdrawal_for from pg

BEGIN;

CALL ops.guard_revert('api/request_withdrawal_for');

DROP FUNCTION api.request_withdrawal_for(uuid, text, numeric, text, text);

COMMIT;
