-- Revert tradebase:api/request_withdrawal from pg

BEGIN;

CALL ops.guard_revert('api/request_withdrawal');

DROP FUNCTION api.request_withdrawal(text, numeric, text, text);

COMMIT;
