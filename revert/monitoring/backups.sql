-- Revert tradebase:monitoring/backups from pg

BEGIN;

CALL ops.guard_revert('monitoring/backups');

DROP VIEW monitoring.backups;

COMMIT;
