-- Deploy tradebase:api/settings to pg
-- requires: system/system_config_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.settings WITH (security_invoker = TRUE) AS
SELECT c.key, c.value, c.description
FROM system.system_config AS c;

COMMENT ON VIEW api.settings IS
'The settings of the platform that clients may know: limits, lifetimes, the kill switch; to an operator all of '
'them.';

GRANT SELECT ON api.settings
TO anon, authenticated, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
