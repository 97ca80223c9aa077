-- Revert tradebase:api/wait_for_token from pg

BEGIN;

CALL ops.guard_revert('api/wait_for_token');

DROP FUNCTION api.wait_for_token(text, interval);

COMMIT;
