-- Deploy tradebase:trading/positions_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: trading/positions

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY positions_kernel_all ON trading.positions FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (quantity, entry_cost, realized_pnl, fees, opened_at, updated_at, version)
ON trading.positions TO tradebase_kernel;

-- A user sees their own positions. Nobody writes one past the functions.
CREATE POLICY positions_owner_select ON trading.positions FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON trading.positions TO authenticated;

-- Auditors and analysts see all of them. Operators, services and anon none at all.
CREATE POLICY positions_staff_select ON trading.positions FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON trading.positions TO tradebase_auditor, tradebase_reporter;

-- Support sees those of the one customer whom they have open.
CREATE POLICY positions_support_select ON trading.positions FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON trading.positions TO tradebase_support;

COMMIT;
