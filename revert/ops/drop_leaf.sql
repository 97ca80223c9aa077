-- Revert tradebase:ops/drop_leaf from pg

BEGIN;

CALL ops.guard_revert('ops/drop_leaf');

DROP FUNCTION ops.drop_leaf(name);

COMMIT;
