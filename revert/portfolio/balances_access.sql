-- Revert tradebase:portfolio/balances_access from pg

BEGIN;

CALL ops.guard_revert('portfolio/balances_access');

REVOKE SELECT ON portfolio.balances FROM tradebase_support;
REVOKE SELECT ON portfolio.balances FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON portfolio.balances FROM authenticated;
REVOKE SELECT, INSERT, UPDATE ON portfolio.balances FROM tradebase_kernel;

DROP POLICY balances_support_select ON portfolio.balances;
DROP POLICY balances_staff_select ON portfolio.balances;
DROP POLICY balances_owner_select ON portfolio.balances;
DROP POLICY balances_kernel_all ON portfolio.balances;

COMMIT;
