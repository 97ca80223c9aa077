-- Revert tradebase:identity/ensure_user from pg

BEGIN;

CALL ops.guard_revert('identity/ensure_user');

DROP FUNCTION identity.ensure_user(uuid);

COMMIT;
