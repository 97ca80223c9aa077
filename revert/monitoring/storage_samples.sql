-- Revert tradebase:monitoring/storage_samples from pg

BEGIN;

CALL ops.guard_revert('monitoring/storage_samples');

DROP TABLE monitoring.storage_samples;

COMMIT;
