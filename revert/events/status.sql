-- Revert tradebase:events/status from pg

BEGIN;

CALL ops.guard_revert('events/status');

DROP FUNCTION events.status();

COMMIT;
