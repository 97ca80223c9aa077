-- Revert tradebase:monitoring/record_pools from pg

BEGIN;

CALL ops.guard_revert('monitoring/record_pools');

DROP FUNCTION monitoring.record_pools(jsonb);

COMMIT;
