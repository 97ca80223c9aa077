-- Revert tradebase:ops/backups from pg

BEGIN;

CALL ops.guard_revert('ops/backups');

DROP TABLE ops.backups;

COMMIT;
