-- Revert tradebase:monitoring/health from pg

BEGIN;

CALL ops.guard_revert('monitoring/health');

DROP FUNCTION monitoring.health();

COMMIT;
