-- Revert tradebase:monitoring/replicas from pg

BEGIN;

CALL ops.guard_revert('monitoring/replicas');

DROP VIEW monitoring.replicas;

COMMIT;
