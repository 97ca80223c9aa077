-- Deploy tradebase:trading/fills_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: trading/fills

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append.
CREATE POLICY fills_kernel_all ON trading.fills FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON trading.fills TO tradebase_kernel;

-- A user sees their own side of a trade, never the other one.
CREATE POLICY fills_owner_select ON trading.fills FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON trading.fills TO authenticated;

-- Auditors and analysts see all of them. Operators, services and anon none at all.
CREATE POLICY fills_staff_select ON trading.fills FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON trading.fills TO tradebase_auditor, tradebase_reporter;

-- Support sees those of the one customer whom they have open.
CREATE POLICY fills_support_select ON trading.fills FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON trading.fills TO tradebase_support;

COMMIT;
