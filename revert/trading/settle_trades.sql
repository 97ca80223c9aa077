-- Revert tradebase:trading/settle_trades from pg

BEGIN;

CALL ops.guard_revert('trading/settle_trades');

DROP FUNCTION trading.settle_trades(jsonb);

COMMIT;
