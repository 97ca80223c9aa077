-- Revert tradebase:trading/engine_commands from pg

BEGIN;

CALL ops.guard_revert('trading/engine_commands');

DELETE FROM ops.partition_policies WHERE parent = 'trading.engine_commands'::regclass;
DROP TABLE trading.engine_commands;

COMMIT;
