-- Revert tradebase:ops/leaf_columns from pg

BEGIN;

CALL ops.guard_revert('ops/leaf_columns');

DROP FUNCTION ops.leaf_columns(regclass);

COMMIT;
