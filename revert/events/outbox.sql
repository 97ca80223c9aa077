-- Revert tradebase:events/outbox from pg

BEGIN;

CALL ops.guard_revert('events/outbox');

DELETE FROM ops.partition_policies WHERE parent = 'events.outbox'::regclass;
DROP TABLE events.outbox;

COMMIT;
