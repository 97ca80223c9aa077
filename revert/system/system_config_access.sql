-- Revert tradebase:system/system_config_access from pg

BEGIN;

CALL ops.guard_revert('system/system_config_access');

REVOKE SELECT ON system.system_config FROM tradebase_operator;
REVOKE SELECT ON system.system_config
FROM anon, authenticated, tradebase_support, tradebase_auditor, tradebase_reporter;
REVOKE SELECT, UPDATE (value) ON system.system_config FROM tradebase_kernel;

DROP POLICY system_config_operator_select ON system.system_config;
DROP POLICY system_config_public_select ON system.system_config;
DROP POLICY system_config_kernel_all ON system.system_config;

COMMIT;
