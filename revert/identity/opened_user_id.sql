-- Revert tradebase:identity/opened_user_id from pg

BEGIN;

CALL ops.guard_revert('identity/opened_user_id');

DROP FUNCTION identity.opened_user_id();

COMMIT;
