-- Revert tradebase:trading/lock_order from pg

BEGIN;

CALL ops.guard_revert('trading/lock_order');

DROP FUNCTION trading.lock_order(uuid, uuid, text);

COMMIT;
