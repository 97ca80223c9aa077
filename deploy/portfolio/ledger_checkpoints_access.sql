-- Deploy tradebase:portfolio/ledger_checkpoints_access to pg
-- requires: core/current_user_id
-- requires: portfolio/ledger_checkpoints

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append.
CREATE POLICY ledger_checkpoints_kernel_all ON portfolio.ledger_checkpoints FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON portfolio.ledger_checkpoints TO tradebase_kernel;

-- A user sees their own, as they see their entries: what they had once is known by both.
CREATE POLICY ledger_checkpoints_owner_select ON portfolio.ledger_checkpoints FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON portfolio.ledger_checkpoints TO authenticated;

-- Auditors and analysts see all of them, as they see the ledger. Support, operators, services and anon see none, nor
-- does the worker that has them written.
CREATE POLICY ledger_checkpoints_staff_select ON portfolio.ledger_checkpoints
FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON portfolio.ledger_checkpoints TO tradebase_auditor, tradebase_reporter;

COMMIT;
