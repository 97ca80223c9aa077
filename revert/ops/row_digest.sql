-- Revert tradebase:ops/row_digest from pg

BEGIN;

CALL ops.guard_revert('ops/row_digest');

DROP FUNCTION ops.row_digest(regclass, name[], name, timestamptz, timestamptz);

COMMIT;
