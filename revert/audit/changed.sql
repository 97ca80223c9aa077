-- Revert tradebase:audit/changed from pg

BEGIN;

CALL ops.guard_revert('audit/changed');

DROP FUNCTION audit.changed(text, boolean, text);

COMMIT;
