-- Revert tradebase:events/undelivered from pg

BEGIN;

CALL ops.guard_revert('events/undelivered');

DROP TABLE events.undelivered;

COMMIT;
