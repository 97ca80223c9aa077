-- Revert tradebase:ops/stage_leaf from pg

BEGIN;

CALL ops.guard_revert('ops/stage_leaf');

DROP FUNCTION ops.stage_leaf(jsonb);

COMMIT;
