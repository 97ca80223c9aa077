-- Revert tradebase:api/start_session from pg

BEGIN;

CALL ops.guard_revert('api/start_session');

DROP FUNCTION api.start_session(uuid, text, inet, bytea);

COMMIT;
