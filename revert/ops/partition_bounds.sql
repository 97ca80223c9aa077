-- Revert tradebase:ops/partition_bounds from pg

BEGIN;

CALL ops.guard_revert('ops/partition_bounds');

DROP FUNCTION ops.partition_bounds(regclass);

COMMIT;
