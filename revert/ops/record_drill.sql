-- Revert tradebase:ops/record_drill from pg

BEGIN;

CALL ops.guard_revert('ops/record_drill');

DROP FUNCTION ops.record_drill(text, integer, text, timestamptz, text, interval, interval, jsonb);

COMMIT;
