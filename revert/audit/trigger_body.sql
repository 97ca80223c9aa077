-- Revert tradebase:audit/trigger_body from pg

BEGIN;

CALL ops.guard_revert('audit/trigger_body');

DROP FUNCTION audit.trigger_body(regclass);

COMMIT;
