-- Revert tradebase:monitoring/save_baseline from pg

BEGIN;

CALL ops.guard_revert('monitoring/save_baseline');

DROP FUNCTION monitoring.save_baseline();

COMMIT;
