-- Deploy tradebase:portfolio/ledger_entries_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: portfolio/ledger_entries

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append, and
-- not even our own code can change or remove an entry.
CREATE POLICY ledger_entries_kernel_all ON portfolio.ledger_entries FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON portfolio.ledger_entries TO tradebase_kernel;

-- A user sees the entries of their own balances: no other side of a journal, no system account.
CREATE POLICY ledger_entries_owner_select ON portfolio.ledger_entries FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON portfolio.ledger_entries TO authenticated;

-- Auditors and analysts see all of it. Operators, services and anon none at all.
CREATE POLICY ledger_entries_staff_select ON portfolio.ledger_entries
FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON portfolio.ledger_entries TO tradebase_auditor, tradebase_reporter;

-- Support sees those of the one customer whom they have open.
CREATE POLICY ledger_entries_support_select ON portfolio.ledger_entries FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON portfolio.ledger_entries TO tradebase_support;

COMMIT;
