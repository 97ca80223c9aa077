-- Revert tradebase:monitoring/visible_sessions from pg

BEGIN;

CALL ops.guard_revert('monitoring/visible_sessions');

DROP VIEW monitoring.visible_sessions;

COMMIT;
