-- Revert tradebase:identity/user_sessions from pg

BEGIN;

CALL ops.guard_revert('identity/user_sessions');

DROP TABLE identity.user_sessions;
DROP FUNCTION identity.user_sessions_audit();

COMMIT;
