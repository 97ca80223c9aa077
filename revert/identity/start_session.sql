-- Revert tradebase:identity/start_session from pg

BEGIN;

CALL ops.guard_revert('identity/start_session');

DROP FUNCTION identity.start_session(uuid, text, inet, bytea);

COMMIT;
