-- Revert tradebase:monitoring/capacity from pg

BEGIN;

CALL ops.guard_revert('monitoring/capacity');

DROP VIEW monitoring.capacity;

COMMIT;
