-- Deploy tradebase:trading/engine_commands_access to pg
-- requires: trading/engine_commands

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY engine_commands_kernel_all ON trading.engine_commands FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON trading.engine_commands TO tradebase_kernel;

-- The engine reads it by trading.engine_feed() alone. Auditors see all of it; nobody else any.
CREATE POLICY engine_commands_auditor_select ON trading.engine_commands FOR SELECT TO tradebase_auditor
USING (TRUE);

GRANT SELECT ON trading.engine_commands TO tradebase_auditor;

COMMIT;
