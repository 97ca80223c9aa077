-- Revert tradebase:ops/load_leaf from pg

BEGIN;

CALL ops.guard_revert('ops/load_leaf');

DROP FUNCTION ops.load_leaf(name);

COMMIT;
