-- Revert tradebase:identity/users from pg

BEGIN;

CALL ops.guard_revert('identity/users');

DROP TABLE identity.users;

COMMIT;
