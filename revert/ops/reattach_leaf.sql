-- Revert tradebase:ops/reattach_leaf from pg

BEGIN;

CALL ops.guard_revert('ops/reattach_leaf');

DROP FUNCTION ops.reattach_leaf(name);

COMMIT;
