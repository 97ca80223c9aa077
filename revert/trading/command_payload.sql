-- Revert tradebase:trading/command_payload from pg

BEGIN;

CALL ops.guard_revert('trading/command_payload');

DROP FUNCTION trading.command_payload(text, partitions.orders_open, uuid);

COMMIT;
