-- Revert tradebase:api/revoke_sessions_for from pg

BEGIN;

CALL ops.guard_revert('api/revoke_sessions_for');

DROP FUNCTION api.revoke_sessions_for(uuid, uuid);

COMMIT;
