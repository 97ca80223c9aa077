-- Revert tradebase:events/acknowledge from pg

BEGIN;

CALL ops.guard_revert('events/acknowledge');

DROP FUNCTION events.acknowledge(text, xid8, bigint, integer);

COMMIT;
