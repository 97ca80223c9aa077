-- Deploy tradebase:ops/recovery_drills_access to pg
-- requires: ops/recovery_drills

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY recovery_drills_kernel_all ON ops.recovery_drills FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

-- No UPDATE: a drill that failed has failed.
GRANT SELECT, INSERT ON ops.recovery_drills TO tradebase_kernel;

-- Those who watch, operate and repair read every drill. It is written by ops.record_drill() alone.
CREATE POLICY recovery_drills_staff_select ON ops.recovery_drills
FOR SELECT TO tradebase_monitor, tradebase_operator, tradebase_worker
USING (TRUE);

GRANT SELECT ON ops.recovery_drills TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
