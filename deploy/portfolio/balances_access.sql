-- Deploy tradebase:portfolio/balances_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: portfolio/balances

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone. No balance is ever
-- deleted, and whose it is never changes.
CREATE POLICY balances_kernel_all ON portfolio.balances FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (available, held, version, updated_at) ON portfolio.balances TO tradebase_kernel;

-- A user sees their own balances. Nobody writes one past the functions.
CREATE POLICY balances_owner_select ON portfolio.balances FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON portfolio.balances TO authenticated;

-- Auditors compare them with the ledger, analysts add them up. Operators, services and anon none at all.
CREATE POLICY balances_staff_select ON portfolio.balances FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON portfolio.balances TO tradebase_auditor, tradebase_reporter;

-- Support sees those of the one customer whom they have open.
CREATE POLICY balances_support_select ON portfolio.balances FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON portfolio.balances TO tradebase_support;

COMMIT;
