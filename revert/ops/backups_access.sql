-- Revert tradebase:ops/backups_access from pg

BEGIN;

CALL ops.guard_revert('ops/backups_access');

REVOKE SELECT ON ops.backups FROM tradebase_monitor, tradebase_operator, tradebase_worker;
REVOKE SELECT, INSERT ON ops.backups FROM tradebase_kernel;

DROP POLICY backups_staff_select ON ops.backups;
DROP POLICY backups_kernel_all ON ops.backups;

COMMIT;
