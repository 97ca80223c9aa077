-- Revert tradebase:system/system_config from pg

BEGIN;

CALL ops.guard_revert('system/system_config');

DROP TABLE system.system_config;
DROP FUNCTION system.system_config_stamp();
DROP FUNCTION system.system_config_audit();

COMMIT;
