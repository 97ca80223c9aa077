-- Revert tradebase:system/set_config_value from pg

BEGIN;

CALL ops.guard_revert('system/set_config_value');

DROP FUNCTION system.set_config_value(text, jsonb, text);

COMMIT;
