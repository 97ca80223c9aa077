-- Revert tradebase:audit/as_of from pg

BEGIN;

CALL ops.guard_revert('audit/as_of');

DROP FUNCTION audit.as_of(text, text, timestamptz);

COMMIT;
