-- Revert tradebase:ops/guard_revert from pg

BEGIN;

CALL ops.guard_revert('ops/guard_revert');

DROP PROCEDURE ops.guard_revert(text);

COMMIT;
