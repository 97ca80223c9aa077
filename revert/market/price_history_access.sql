-- Revert tradebase:market/price_history_access from pg

BEGIN;

CALL ops.guard_revert('market/price_history_access');

REVOKE SELECT ON market.price_history FROM tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON market.price_history FROM anon, authenticated;
REVOKE SELECT, INSERT, UPDATE ON market.price_history FROM tradebase_kernel;

DROP POLICY price_history_staff_select ON market.price_history;
DROP POLICY price_history_public_select ON market.price_history;
DROP POLICY price_history_kernel_all ON market.price_history;

COMMIT;
