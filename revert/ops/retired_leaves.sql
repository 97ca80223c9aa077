-- Revert tradebase:ops/retired_leaves from pg

BEGIN;

CALL ops.guard_revert('ops/retired_leaves');

DROP TABLE ops.retired_leaves;
DROP FUNCTION ops.retired_leaves_audit();

COMMIT;
