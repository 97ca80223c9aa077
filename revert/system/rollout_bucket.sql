-- Revert tradebase:system/rollout_bucket from pg

BEGIN;

CALL ops.guard_revert('system/rollout_bucket');

DROP FUNCTION system.rollout_bucket(text, uuid);

COMMIT;
