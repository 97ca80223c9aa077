-- Revert tradebase:monitoring/statements from pg

BEGIN;

CALL ops.guard_revert('monitoring/statements');

DROP VIEW monitoring.statements;

COMMIT;
