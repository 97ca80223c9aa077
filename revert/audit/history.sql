-- Revert tradebase:audit/history from pg

BEGIN;

CALL ops.guard_revert('audit/history');

DROP FUNCTION audit.history(text, text, uuid, text, text, timestamptz, bigint, integer);

COMMIT;
