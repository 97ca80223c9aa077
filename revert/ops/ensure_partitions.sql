-- Revert tradebase:ops/ensure_partitions from pg

BEGIN;

CALL ops.guard_revert('ops/ensure_partitions');

DROP FUNCTION ops.ensure_partitions(date);
DROP FUNCTION ops.ensure_partitions(regclass, date, date);

COMMIT;
