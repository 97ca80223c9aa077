-- Revert tradebase:portfolio/transfers_access from pg

BEGIN;

CALL ops.guard_revert('portfolio/transfers_access');

REVOKE SELECT (
    id, user_id, counterparty_user_id, asset_id, kind, status, amount, fee, destination, external_ref, created_at,
    sent_at, completed_at
) ON portfolio.transfers FROM tradebase_support;
REVOKE SELECT ON portfolio.transfers FROM tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON portfolio.transfers FROM authenticated;
REVOKE SELECT, INSERT, UPDATE ON portfolio.transfers FROM tradebase_kernel;

DROP POLICY transfers_support_select ON portfolio.transfers;
DROP POLICY transfers_staff_select ON portfolio.transfers;
DROP POLICY transfers_owner_select ON portfolio.transfers;
DROP POLICY transfers_kernel_all ON portfolio.transfers;

COMMIT;
