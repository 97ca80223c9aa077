-- Revert tradebase:events/remove_consumer from pg

BEGIN;

CALL ops.guard_revert('events/remove_consumer');

DROP FUNCTION events.remove_consumer(text);

COMMIT;
