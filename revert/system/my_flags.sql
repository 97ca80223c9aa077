-- Revert tradebase:system/my_flags from pg

BEGIN;

CALL ops.guard_revert('system/my_flags');

DROP FUNCTION system.my_flags();

COMMIT;
