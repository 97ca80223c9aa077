-- Revert tradebase:portfolio/ledger_entries_access from pg

BEGIN;

CALL ops.guard_revert('portfolio/ledger_entries_access');

REVOKE SELECT ON portfolio.ledger_entries FROM tradebase_support;
REVOKE SELECT ON portfolio.ledger_entries FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON portfolio.ledger_entries FROM authenticated;
REVOKE SELECT, INSERT ON portfolio.ledger_entries FROM tradebase_kernel;

DROP POLICY ledger_entries_support_select ON portfolio.ledger_entries;
DROP POLICY ledger_entries_staff_select ON portfolio.ledger_entries;
DROP POLICY ledger_entries_owner_select ON portfolio.ledger_entries;
DROP POLICY ledger_entries_kernel_all ON portfolio.ledger_entries;

COMMIT;
