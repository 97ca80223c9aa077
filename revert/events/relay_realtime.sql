-- Revert tradebase:events/relay_realtime from pg

BEGIN;

CALL ops.guard_revert('events/relay_realtime');

DROP FUNCTION events.relay_realtime(integer, integer);
DROP FUNCTION events.send_realtime(jsonb, text, text);

COMMIT;
