-- Revert tradebase:portfolio/ledger_checkpoints_access from pg

BEGIN;

CALL ops.guard_revert('portfolio/ledger_checkpoints_access');

REVOKE SELECT ON portfolio.ledger_checkpoints FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON portfolio.ledger_checkpoints FROM authenticated;
REVOKE SELECT, INSERT ON portfolio.ledger_checkpoints FROM tradebase_kernel;

DROP POLICY ledger_checkpoints_staff_select ON portfolio.ledger_checkpoints;
DROP POLICY ledger_checkpoints_owner_select ON portfolio.ledger_checkpoints;
DROP POLICY ledger_checkpoints_kernel_all ON portfolio.ledger_checkpoints;

COMMIT;
