-- Revert tradebase:portfolio/portfolio_snapshots_access from pg

BEGIN;

CALL ops.guard_revert('portfolio/portfolio_snapshots_access');

REVOKE SELECT ON portfolio.portfolio_snapshots FROM tradebase_support;
REVOKE SELECT ON portfolio.portfolio_snapshots FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON portfolio.portfolio_snapshots FROM authenticated;
REVOKE SELECT, INSERT ON portfolio.portfolio_snapshots FROM tradebase_kernel;

DROP POLICY portfolio_snapshots_support_select ON portfolio.portfolio_snapshots;
DROP POLICY portfolio_snapshots_staff_select ON portfolio.portfolio_snapshots;
DROP POLICY portfolio_snapshots_owner_select ON portfolio.portfolio_snapshots;
DROP POLICY portfolio_snapshots_kernel_all ON portfolio.portfolio_snapshots;

COMMIT;
