-- Revert tradebase:api/revoke_all_sessions from pg

BEGIN;

CALL ops.guard_revert('api/revoke_all_sessions');

DROP FUNCTION api.revoke_all_sessions();

COMMIT;
