-- Revert tradebase:monitoring/statement_counters from pg

BEGIN;

CALL ops.guard_revert('monitoring/statement_counters');

DROP FUNCTION monitoring.statement_counters(boolean);

COMMIT;
