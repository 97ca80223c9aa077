-- Revert tradebase:core/current_user_id from pg

BEGIN;

CALL ops.guard_revert('core/current_user_id');

DROP FUNCTION core.current_user_id();

COMMIT;
