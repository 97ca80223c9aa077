-- Revert tradebase:system/is_enabled from pg

BEGIN;

CALL ops.guard_revert('system/is_enabled');

DROP FUNCTION system.is_enabled(text, uuid);

COMMIT;
