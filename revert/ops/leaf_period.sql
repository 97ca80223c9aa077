-- Revert tradebase:ops/leaf_period from pg

BEGIN;

CALL ops.guard_revert('ops/leaf_period');

DROP FUNCTION ops.leaf_period(name);

COMMIT;
