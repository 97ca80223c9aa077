-- Revert tradebase:monitoring/blocking from pg

BEGIN;

CALL ops.guard_revert('monitoring/blocking');

DROP VIEW monitoring.blocking;

COMMIT;
