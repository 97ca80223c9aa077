-- Deploy tradebase:system/feature_flags_access to pg
-- requires: system/feature_flags

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY feature_flags_kernel_all ON system.feature_flags FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE ON system.feature_flags TO tradebase_kernel;

-- Operators see every flag and set it by system.set_feature_flag(). Clients read no row, which names other users: they
-- ask api.feature_flags().
CREATE POLICY feature_flags_operator_select ON system.feature_flags FOR SELECT TO tradebase_operator
USING (TRUE);

GRANT SELECT ON system.feature_flags TO tradebase_operator;

COMMIT;
