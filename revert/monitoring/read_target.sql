-- Revert tradebase:monitoring/read_target from pg

BEGIN;

CALL ops.guard_revert('monitoring/read_target');

DROP FUNCTION monitoring.read_target(interval);

COMMIT;
