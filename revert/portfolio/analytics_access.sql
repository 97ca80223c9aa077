-- Revert tradebase:portfolio/analytics_access from pg

BEGIN;

CALL ops.guard_revert('portfolio/analytics_access');

REVOKE SELECT ON portfolio.analytics FROM tradebase_support;
REVOKE SELECT ON portfolio.analytics FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON portfolio.analytics FROM authenticated;
REVOKE SELECT, INSERT, UPDATE ON portfolio.analytics FROM tradebase_kernel;

DROP POLICY analytics_support_select ON portfolio.analytics;
DROP POLICY analytics_staff_select ON portfolio.analytics;
DROP POLICY analytics_owner_select ON portfolio.analytics;
DROP POLICY analytics_kernel_all ON portfolio.analytics;

COMMIT;
