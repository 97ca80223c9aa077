-- Revert tradebase:monitoring/integrity from pg

BEGIN;

CALL ops.guard_revert('monitoring/integrity');

DROP VIEW monitoring.integrity;

COMMIT;
