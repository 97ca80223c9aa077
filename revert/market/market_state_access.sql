-- Revert tradebase:market/market_state_access from pg

BEGIN;

CALL ops.guard_revert('market/market_state_access');

REVOKE SELECT ON market.market_state
FROM tradebase_engine, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON market.market_state FROM anon, authenticated;
REVOKE SELECT, INSERT, UPDATE ON market.market_state FROM tradebase_kernel;

DROP POLICY market_state_staff_select ON market.market_state;
DROP POLICY market_state_public_select ON market.market_state;
DROP POLICY market_state_kernel_all ON market.market_state;

COMMIT;
