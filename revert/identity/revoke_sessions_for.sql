-- Revert tradebase:identity/revoke_sessions_for from pg

BEGIN;

CALL ops.guard_revert('identity/revoke_sessions_for');

DROP FUNCTION identity.revoke_sessions_for(uuid, uuid);

COMMIT;
