-- Revert tradebase:monitoring/statement_baseline from pg

BEGIN;

CALL ops.guard_revert('monitoring/statement_baseline');

DROP TABLE monitoring.statement_baseline;

COMMIT;
