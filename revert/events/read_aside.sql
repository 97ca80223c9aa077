-- Revert tradebase:events/read_aside from pg

BEGIN;

CALL ops.guard_revert('events/read_aside');

DROP FUNCTION events.read_aside(text, integer);

COMMIT;
