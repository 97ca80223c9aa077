-- Revert tradebase:monitoring/connections from pg

BEGIN;

CALL ops.guard_revert('monitoring/connections');

DROP VIEW monitoring.connections;

COMMIT;
