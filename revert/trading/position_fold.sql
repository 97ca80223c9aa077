-- Revert tradebase:trading/position_fold from pg

BEGIN;

CALL ops.guard_revert('trading/position_fold');

DROP AGGREGATE trading.position_fold(numeric, numeric);
DROP FUNCTION trading.position_after_fill(trading.position_state, numeric, numeric);
DROP TYPE trading.position_state;

COMMIT;
