-- Revert tradebase:ops/partition_policies_access from pg

BEGIN;

CALL ops.guard_revert('ops/partition_policies_access');

REVOKE SELECT ON ops.partition_policies FROM tradebase_monitor, tradebase_operator, tradebase_worker;
REVOKE SELECT, UPDATE (retention, action) ON ops.partition_policies FROM tradebase_kernel;

DROP POLICY partition_policies_staff_select ON ops.partition_policies;
DROP POLICY partition_policies_kernel_all ON ops.partition_policies;

COMMIT;
