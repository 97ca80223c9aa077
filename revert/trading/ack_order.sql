-- Revert tradebase:trading/ack_order from pg

BEGIN;

CALL ops.guard_revert('trading/ack_order');

DROP FUNCTION trading.ack_order(uuid);

COMMIT;
