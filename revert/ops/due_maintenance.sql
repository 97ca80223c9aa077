-- Revert tradebase:ops/due_maintenance from pg

BEGIN;

CALL ops.guard_revert('ops/due_maintenance');

DROP FUNCTION ops.due_maintenance(date);

COMMIT;
