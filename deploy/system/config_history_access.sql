-- Deploy tradebase:system/config_history_access to pg
-- requires: system/config_history

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append.
CREATE POLICY config_history_kernel_all ON system.config_history FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON system.config_history TO tradebase_kernel;

-- Operators find the version to go back to, auditors what was in force when. A private setting's past is as private as
-- the setting: nothing for clients.
CREATE POLICY config_history_staff_select ON system.config_history FOR SELECT TO tradebase_operator, tradebase_auditor
USING (TRUE);

GRANT SELECT ON system.config_history TO tradebase_operator, tradebase_auditor;

COMMIT;
