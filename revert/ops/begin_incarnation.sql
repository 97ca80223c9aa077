-- Revert tradebase:ops/begin_incarnation from pg

BEGIN;

CALL ops.guard_revert('ops/begin_incarnation');

DROP FUNCTION ops.begin_incarnation(text);

COMMIT;
