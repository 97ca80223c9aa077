-- Revert tradebase:identity/revoke_all_sessions from pg

BEGIN;

CALL ops.guard_revert('identity/revoke_all_sessions');

DROP FUNCTION identity.revoke_all_sessions();

COMMIT;
