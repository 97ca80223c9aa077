-- Revert tradebase:trading/fills from pg

BEGIN;

CALL ops.guard_revert('trading/fills');

DELETE FROM ops.partition_policies WHERE parent = 'trading.fills'::regclass;
DROP TABLE trading.fills;

COMMIT;
