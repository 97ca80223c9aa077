-- Revert tradebase:events/read from pg

BEGIN;

CALL ops.guard_revert('events/read');

DROP FUNCTION events.read(text, integer);

COMMIT;
