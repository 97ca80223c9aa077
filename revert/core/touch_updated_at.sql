-- Revert tradebase:core/touch_updated_at from pg

BEGIN;

CALL ops.guard_revert('core/touch_updated_at');

DROP FUNCTION core.touch_updated_at();

COMMIT;
