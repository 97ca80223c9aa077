-- Deploy tradebase:ops/backups_access to pg
-- requires: ops/backups

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY backups_kernel_all ON ops.backups FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

-- No UPDATE: a backup that failed has failed.
GRANT SELECT, INSERT ON ops.backups TO tradebase_kernel;

-- Those who watch, operate and repair read every one. It is written by ops.record_backup() alone.
CREATE POLICY backups_staff_select ON ops.backups
FOR SELECT TO tradebase_monitor, tradebase_operator, tradebase_worker
USING (TRUE);

GRANT SELECT ON ops.backups TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
