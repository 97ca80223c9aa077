-- Deploy tradebase:portfolio/portfolio_snapshots_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: portfolio/portfolio_snapshots

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append, and
-- not even our own code can change what somebody had.
CREATE POLICY portfolio_snapshots_kernel_all ON portfolio.portfolio_snapshots FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON portfolio.portfolio_snapshots TO tradebase_kernel;

-- A user sees what they had. Nobody writes it past the function.
CREATE POLICY portfolio_snapshots_owner_select ON portfolio.portfolio_snapshots FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON portfolio.portfolio_snapshots TO authenticated;

-- Auditors and analysts see all of it. Operators, services and anon none at all.
CREATE POLICY portfolio_snapshots_staff_select ON portfolio.portfolio_snapshots
FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON portfolio.portfolio_snapshots TO tradebase_auditor, tradebase_reporter;

-- Support sees that of the one customer whom they have open.
CREATE POLICY portfolio_snapshots_support_select ON portfolio.portfolio_snapshots FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON portfolio.portfolio_snapshots TO tradebase_support;

COMMIT;
