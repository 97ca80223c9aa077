-- Revert tradebase:trading/trade_busts from pg

BEGIN;

CALL ops.guard_revert('trading/trade_busts');

DROP TABLE trading.trade_busts;

COMMIT;
