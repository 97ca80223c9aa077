-- Revert tradebase:monitoring/runway from pg

BEGIN;

CALL ops.guard_revert('monitoring/runway');

DROP VIEW monitoring.runway;

COMMIT;
