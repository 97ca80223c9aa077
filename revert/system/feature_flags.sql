-- Revert tradebase:system/feature_flags from pg

BEGIN;

CALL ops.guard_revert('system/feature_flags');

DROP TABLE system.feature_flags;
DROP FUNCTION system.feature_flags_audit();

COMMIT;
