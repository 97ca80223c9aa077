-- Revert tradebase:monitoring/sample_storage from pg

BEGIN;

CALL ops.guard_revert('monitoring/sample_storage');

DROP FUNCTION monitoring.sample_storage();

COMMIT;
