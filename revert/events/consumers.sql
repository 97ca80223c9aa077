-- Revert tradebase:events/consumers from pg

BEGIN;

CALL ops.guard_revert('events/consumers');

DROP TABLE events.consumers;

COMMIT;
