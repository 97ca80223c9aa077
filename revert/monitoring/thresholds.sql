-- Revert tradebase:monitoring/thresholds from pg

BEGIN;

CALL ops.guard_revert('monitoring/thresholds');

DROP FUNCTION monitoring.thresholds();

COMMIT;
