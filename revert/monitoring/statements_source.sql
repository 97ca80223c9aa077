-- Revert tradebase:monitoring/statements_source from pg

BEGIN;

CALL ops.guard_revert('monitoring/statements_source');

DROP VIEW monitoring.statements_source;

COMMIT;
