-- Revert tradebase:events/clear_aside from pg

BEGIN;

CALL ops.guard_revert('events/clear_aside');

DROP FUNCTION events.clear_aside(text, bigint);

COMMIT;
