-- Deploy tradebase:portfolio/transfers_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: portfolio/transfers

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: a withdrawal goes
-- on, but not even our own code changes whose it is, of what, or how much.
CREATE POLICY transfers_kernel_all ON portfolio.transfers FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (status, external_ref, reason, sent_at, completed_at)
ON portfolio.transfers TO tradebase_kernel;

-- A user sees the transfers they sent or received.
CREATE POLICY transfers_owner_select ON portfolio.transfers FOR SELECT TO authenticated
USING (
    user_id = (SELECT core.current_user_id())
    OR (counterparty_user_id = (SELECT core.current_user_id()) AND status = 'completed')
);

-- The key is the sender's own affair; the receiver of an internal transfer reads this table too. Why an operator
-- corrected, and who, is written for those who audit.
GRANT SELECT (
    id, user_id, counterparty_user_id, asset_id, kind, status, amount, fee, destination, external_ref, created_at,
    sent_at, completed_at
) ON portfolio.transfers TO authenticated;

-- Auditors and analysts see all of them. Operators, services and anon none at all.
CREATE POLICY transfers_staff_select ON portfolio.transfers FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON portfolio.transfers TO tradebase_auditor, tradebase_reporter;

-- Support sees those of the one customer whom they have open.
CREATE POLICY transfers_support_select ON portfolio.transfers FOR SELECT TO tradebase_support
USING (
    user_id = (SELECT identity.opened_user_id())
    OR (counterparty_user_id = (SELECT identity.opened_user_id()) AND status = 'completed')
);

GRANT SELECT (
    id, user_id, counterparty_user_id, asset_id, kind, status, amount, fee, destination, external_ref, created_at,
    sent_at, completed_at
) ON portfolio.transfers TO tradebase_support;

COMMIT;
