-- Deploy tradebase:portfolio/analytics_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: portfolio/analytics

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone. What was computed is
-- computed again; whose it is, and of when, never changes.
CREATE POLICY analytics_kernel_all ON portfolio.analytics FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT
SELECT, INSERT, UPDATE (
    reporting_asset_id, n_periods, cagr, volatility, sharpe, sortino, max_drawdown, calmar, daily_win_rate, win_rate,
    profit_factor, payoff_ratio, expectancy, gross_volume, fees, trades_count, computed_at
)
ON portfolio.analytics TO tradebase_kernel;

-- A user sees how they did. Nobody writes it past the function.
CREATE POLICY analytics_owner_select ON portfolio.analytics FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON portfolio.analytics TO authenticated;

-- Auditors and analysts see all of it. Operators, services and anon none at all.
CREATE POLICY analytics_staff_select ON portfolio.analytics
FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON portfolio.analytics TO tradebase_auditor, tradebase_reporter;

-- Support sees that of the one customer whom they have open.
CREATE POLICY analytics_support_select ON portfolio.analytics FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON portfolio.analytics TO tradebase_support;

COMMIT;
