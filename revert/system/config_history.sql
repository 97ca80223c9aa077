-- Revert tradebase:system/config_history from pg

BEGIN;

CALL ops.guard_revert('system/config_history');

DROP TRIGGER system_config_history ON system.system_config;
DROP FUNCTION system.config_history_write();
DROP TABLE system.config_history;

COMMIT;
