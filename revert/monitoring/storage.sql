-- Revert tradebase:monitoring/storage from pg

BEGIN;

CALL ops.guard_revert('monitoring/storage');

DROP VIEW monitoring.storage;

COMMIT;
