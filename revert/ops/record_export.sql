-- Revert tradebase:ops/record_export from pg

BEGIN;

CALL ops.guard_revert('ops/record_export');

DROP FUNCTION ops.record_export(name, text);

COMMIT;
