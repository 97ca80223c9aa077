-- Revert tradebase:audit/context from pg

BEGIN;

CALL ops.guard_revert('audit/context');

DROP FUNCTION audit.context();
DROP TYPE audit.context;

COMMIT;
