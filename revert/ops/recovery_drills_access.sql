-- Revert tradebase:ops/recovery_drills_access from pg

BEGIN;

CALL ops.guard_revert('ops/recovery_drills_access');

REVOKE SELECT ON ops.recovery_drills FROM tradebase_monitor, tradebase_operator, tradebase_worker;
REVOKE SELECT, INSERT ON ops.recovery_drills FROM tradebase_kernel;

DROP POLICY recovery_drills_staff_select ON ops.recovery_drills;
DROP POLICY recovery_drills_kernel_all ON ops.recovery_drills;

COMMIT;
