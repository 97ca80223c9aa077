-- Revert tradebase:trading/close_order from pg

BEGIN;

CALL ops.guard_revert('trading/close_order');

DROP FUNCTION trading.close_order(uuid, text, text, bigint);

COMMIT;
