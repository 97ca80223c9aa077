-- Revert tradebase:identity/system_user_id from pg

BEGIN;

CALL ops.guard_revert('identity/system_user_id');

DROP FUNCTION identity.system_user_id(text);

COMMIT;
