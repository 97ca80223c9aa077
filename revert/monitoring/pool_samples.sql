-- Revert tradebase:monitoring/pool_samples from pg

BEGIN;

CALL ops.guard_revert('monitoring/pool_samples');

DROP TABLE monitoring.pool_samples;

COMMIT;
