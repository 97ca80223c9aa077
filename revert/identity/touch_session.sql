-- Revert tradebase:identity/touch_session from pg

BEGIN;

CALL ops.guard_revert('identity/touch_session');

DROP FUNCTION identity.touch_session(uuid, text);

COMMIT;
