-- Revert tradebase:system/set_feature_flag from pg

BEGIN;

CALL ops.guard_revert('system/set_feature_flag');

DROP FUNCTION system.set_feature_flag(text, text, boolean, integer, boolean, uuid[], uuid[], boolean, text);

COMMIT;
