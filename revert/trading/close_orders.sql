-- Revert tradebase:trading/close_orders from pg

BEGIN;

CALL ops.guard_revert('trading/close_orders');

DROP FUNCTION trading.close_orders(uuid[], text[], text[], numeric[], numeric[], numeric[], numeric[], bigint[]);

COMMIT;
