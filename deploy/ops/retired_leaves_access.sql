-- Deploy tradebase:ops/retired_leaves_access to pg
-- requires: ops/retired_leaves

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY retired_leaves_kernel_all ON ops.retired_leaves FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

-- Rows come and change with the leaves, by functions of the owner: the kernel only looks.
GRANT SELECT ON ops.retired_leaves TO tradebase_kernel;

-- Staff see what was retired, where it is, and who did it from the audit log. Nobody writes here.
CREATE POLICY retired_leaves_staff_select ON ops.retired_leaves
FOR SELECT TO tradebase_auditor, tradebase_monitor, tradebase_operator, tradebase_worker
USING (TRUE);

GRANT SELECT ON ops.retired_leaves TO tradebase_auditor, tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
