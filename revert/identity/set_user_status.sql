-- Revert tradebase:identity/set_user_status from pg

BEGIN;

CALL ops.guard_revert('identity/set_user_status');

DROP FUNCTION identity.set_user_status(uuid, text, text);

REVOKE UPDATE (status) ON identity.users FROM tradebase_kernel;

COMMIT;
