-- Revert tradebase:monitoring/tables from pg

BEGIN;

CALL ops.guard_revert('monitoring/tables');

DROP VIEW monitoring.tables;

COMMIT;
