-- Revert tradebase:ops/recovery_drills from pg

BEGIN;

CALL ops.guard_revert('ops/recovery_drills');

DROP TABLE ops.recovery_drills;

COMMIT;
