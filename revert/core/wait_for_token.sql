-- Revert tradebase:core/wait_for_token from pg

BEGIN;

CALL ops.guard_revert('core/wait_for_token');

DROP FUNCTION core.wait_for_token(text, interval);

COMMIT;
