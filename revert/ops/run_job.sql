-- Revert tradebase:ops/run_job from pg

BEGIN;

CALL ops.guard_revert('ops/run_job');

DROP FUNCTION ops.run_job(text, jsonb);

COMMIT;
