-- Revert tradebase:portfolio/transfers_access from pg

BEGIN;

CALL ops.guard_revert('portfolio/transfers_access');

REVOKE SELECT ON portfolio.transfers FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON portfolio.transfers FROM authenticated;
REVOKE SELECT, INSERT, UPDATE ON portfolio.transfers FROM tradebase_kernel;

DROP POLICY transfers_staff_select ON portfolio.transfers;
DROP POLICY transfers_owner_select ON portfolio.transfers;
DROP POLICY transfers_kernel_all ON portfolio.transfers;

COMMIT;
