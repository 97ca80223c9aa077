-- Revert tradebase:trading/lock_market from pg

BEGIN;

CALL ops.guard_revert('trading/lock_market');

DROP FUNCTION trading.lock_market(integer);

COMMIT;
