-- Revert tradebase:trading/engine_commands_access from pg

BEGIN;

CALL ops.guard_revert('trading/engine_commands_access');

REVOKE SELECT ON trading.engine_commands FROM tradebase_auditor;
REVOKE SELECT, INSERT ON trading.engine_commands FROM tradebase_kernel;

DROP POLICY engine_commands_auditor_select ON trading.engine_commands;
DROP POLICY engine_commands_kernel_all ON trading.engine_commands;

COMMIT;
