-- Revert tradebase:market/assets_access from pg

BEGIN;

CALL ops.guard_revert('market/assets_access');

REVOKE SELECT ON market.assets FROM tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON market.assets FROM anon, authenticated;
REVOKE SELECT ON market.assets FROM tradebase_kernel;

DROP POLICY assets_staff_select ON market.assets;
DROP POLICY assets_public_select ON market.assets;
DROP POLICY assets_kernel_all ON market.assets;

COMMIT;
