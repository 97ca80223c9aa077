-- Revert tradebase:trading/orders from pg

BEGIN;

CALL ops.guard_revert('trading/orders');

DELETE FROM ops.partition_policies WHERE parent = 'trading.orders'::regclass;
DROP TABLE trading.orders;

DROP FUNCTION trading.orders_transition();
DROP SEQUENCE trading.command_seq;

COMMIT;
