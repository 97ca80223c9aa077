-- Revert tradebase:market/candle_state_access from pg

BEGIN;

CALL ops.guard_revert('market/candle_state_access');

REVOKE SELECT ON market.candle_state FROM tradebase_operator, tradebase_auditor, tradebase_reporter;
REVOKE SELECT, INSERT, UPDATE ON market.candle_state FROM tradebase_kernel;

DROP POLICY candle_state_staff_select ON market.candle_state;
DROP POLICY candle_state_kernel_all ON market.candle_state;

COMMIT;
