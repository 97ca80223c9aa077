-- Revert tradebase:audit/coverage from pg

BEGIN;

CALL ops.guard_revert('audit/coverage');

DROP VIEW audit.coverage;

COMMIT;
