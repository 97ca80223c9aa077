-- Revert tradebase:ops/partition_policies from pg

BEGIN;

CALL ops.guard_revert('ops/partition_policies');

DROP TABLE ops.partition_policies;

COMMIT;
