-- Revert tradebase:ops/retired_leaves_access from pg

BEGIN;

CALL ops.guard_revert('ops/retired_leaves_access');

REVOKE SELECT ON ops.retired_leaves FROM tradebase_auditor, tradebase_monitor, tradebase_operator, tradebase_worker;
REVOKE SELECT ON ops.retired_leaves FROM tradebase_kernel;

DROP POLICY retired_leaves_staff_select ON ops.retired_leaves;
DROP POLICY retired_leaves_kernel_all ON ops.retired_leaves;

COMMIT;
