-- Revert tradebase:api/sessions from pg

BEGIN;

CALL ops.guard_revert('api/sessions');

DROP VIEW api.sessions;

COMMIT;
