-- Revert tradebase:identity/users from pg

BEGIN;

CALL ops.guard_revert('identity/users');

DROP TABLE identity.users;
DROP FUNCTION identity.users_audit();

COMMIT;
