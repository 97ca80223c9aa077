-- Revert tradebase:ops/partition_health from pg

BEGIN;

CALL ops.guard_revert('ops/partition_health');

DROP FUNCTION ops.partition_health(date);

COMMIT;
