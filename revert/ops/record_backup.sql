-- Revert tradebase:ops/record_backup from pg

BEGIN;

CALL ops.guard_revert('ops/record_backup');

DROP FUNCTION ops.record_backup(text, integer, text, timestamptz, text, bigint, bigint, jsonb);

COMMIT;
