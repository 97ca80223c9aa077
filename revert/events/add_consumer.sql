-- Revert tradebase:events/add_consumer from pg

BEGIN;

CALL ops.guard_revert('events/add_consumer');

DROP FUNCTION events.add_consumer(text, boolean);

COMMIT;
