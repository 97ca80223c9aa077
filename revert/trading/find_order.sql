-- Revert tradebase:trading/find_order from pg

BEGIN;

CALL ops.guard_revert('trading/find_order');

DROP FUNCTION trading.find_order(uuid, uuid, text);

COMMIT;
