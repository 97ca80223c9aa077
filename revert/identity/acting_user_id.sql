-- Revert tradebase:identity/acting_user_id from pg

BEGIN;

CALL ops.guard_revert('identity/acting_user_id');

DROP FUNCTION identity.acting_user_id();

COMMIT;
