-- Deploy tradebase:system/system_config_access to pg
-- requires: system/system_config

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY system_config_kernel_all ON system.system_config FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, UPDATE (value) ON system.system_config TO tradebase_kernel;

-- People read the settings meant for them, those who work here too.
CREATE POLICY system_config_public_select ON system.system_config
FOR SELECT TO anon, authenticated, tradebase_support, tradebase_auditor, tradebase_reporter
USING (is_public);

GRANT SELECT (key, value, description) ON system.system_config
TO anon, authenticated, tradebase_support, tradebase_auditor, tradebase_reporter;

-- Operators read all of them and change values by system.set_config_value(), which asks why. A key comes and goes only
-- with a release.
CREATE POLICY system_config_operator_select ON system.system_config FOR SELECT TO tradebase_operator
USING (TRUE);

GRANT SELECT ON system.system_config TO tradebase_operator;

COMMIT;
