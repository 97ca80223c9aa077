-- Revert tradebase:monitoring/archive from pg

BEGIN;

CALL ops.guard_revert('monitoring/archive');

DROP VIEW monitoring.archive;

COMMIT;
