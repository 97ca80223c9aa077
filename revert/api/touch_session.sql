-- Revert tradebase:api/touch_session from pg

BEGIN;

CALL ops.guard_revert('api/touch_session');

DROP FUNCTION api.touch_session(uuid, text);

COMMIT;
