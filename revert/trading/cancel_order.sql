-- Revert tradebase:trading/cancel_order from pg

BEGIN;

CALL ops.guard_revert('trading/cancel_order');

DROP FUNCTION trading.cancel_order(uuid, text);

COMMIT;
