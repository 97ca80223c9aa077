-- Revert tradebase:events/set_aside from pg

BEGIN;

CALL ops.guard_revert('events/set_aside');

DROP FUNCTION events.set_aside(text, bigint, timestamptz, text);

COMMIT;
