-- Revert tradebase:ops/retire_leaf from pg

BEGIN;

CALL ops.guard_revert('ops/retire_leaf');

DROP FUNCTION ops.retire_leaf(name);

COMMIT;
