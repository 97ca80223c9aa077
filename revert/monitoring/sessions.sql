-- Revert tradebase:monitoring/sessions from pg

BEGIN;

CALL ops.guard_revert('monitoring/sessions');

DROP VIEW monitoring.sessions;

COMMIT;
