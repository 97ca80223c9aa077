-- Revert tradebase:api/revoke_session from pg

BEGIN;

CALL ops.guard_revert('api/revoke_session');

DROP FUNCTION api.revoke_session(uuid);

COMMIT;
