-- Revert tradebase:monitoring/growth from pg

BEGIN;

CALL ops.guard_revert('monitoring/growth');

DROP VIEW monitoring.growth;

COMMIT;
