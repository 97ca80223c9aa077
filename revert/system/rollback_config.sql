-- Revert tradebase:system/rollback_config from pg

BEGIN;

CALL ops.guard_revert('system/rollback_config');

DROP FUNCTION system.rollback_config(text, integer);

COMMIT;
