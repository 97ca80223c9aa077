-- Revert tradebase:ops/schedule_maintenance from pg

BEGIN;

CALL ops.guard_revert('ops/schedule_maintenance');

DROP FUNCTION ops.schedule_maintenance(text);
DROP FUNCTION ops.hand_over_maintenance();

COMMIT;
