-- Deploy tradebase:ops/partition_policies_access to pg
-- requires: ops/partition_policies

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY partition_policies_kernel_all ON ops.partition_policies FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, UPDATE (retention, action) ON ops.partition_policies TO tradebase_kernel;

-- Staff see which tables are kept and how far ahead. Nobody writes a policy here: it comes with its table's change; for
-- how long it is kept an operator says by ops.set_retention().
CREATE POLICY partition_policies_staff_select ON ops.partition_policies
FOR SELECT TO tradebase_monitor, tradebase_operator, tradebase_worker
USING (TRUE);

GRANT SELECT ON ops.partition_policies TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
