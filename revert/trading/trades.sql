-- Revert tradebase:trading/trades from pg

BEGIN;

CALL ops.guard_revert('trading/trades');

DELETE FROM ops.partition_policies WHERE parent = 'trading.trades'::regclass;
DROP TABLE trading.trades;

COMMIT;
