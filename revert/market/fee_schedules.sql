-- Revert tradebase:market/fee_schedules from pg

BEGIN;

CALL ops.guard_revert('market/fee_schedules');

DROP TABLE market.fee_schedules;
DROP FUNCTION market.fee_schedules_audit();

COMMIT;
