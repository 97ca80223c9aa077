-- Revert tradebase:monitoring/drills from pg

BEGIN;

CALL ops.guard_revert('monitoring/drills');

DROP VIEW monitoring.drills;

COMMIT;
