-- Revert tradebase:market/markets_access from pg

BEGIN;

CALL ops.guard_revert('market/markets_access');

REVOKE SELECT ON market.markets FROM tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON market.markets FROM anon, authenticated;
REVOKE SELECT ON market.markets FROM tradebase_kernel;

DROP POLICY markets_staff_select ON market.markets;
DROP POLICY markets_public_select ON market.markets;
DROP POLICY markets_kernel_all ON market.markets;

COMMIT;
