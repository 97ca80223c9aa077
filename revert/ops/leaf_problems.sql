-- Revert tradebase:ops/leaf_problems from pg

BEGIN;

CALL ops.guard_revert('ops/leaf_problems');

DROP FUNCTION ops.leaf_problems(regclass);

COMMIT;
