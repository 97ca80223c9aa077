-- Revert tradebase:events/report_failure from pg

BEGIN;

CALL ops.guard_revert('events/report_failure');

DROP FUNCTION events.report_failure(text, text);

COMMIT;
