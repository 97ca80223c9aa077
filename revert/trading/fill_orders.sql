-- Revert tradebase:trading/fill_orders from pg

BEGIN;

CALL ops.guard_revert('trading/fill_orders');

DROP FUNCTION trading.fill_orders(uuid[], numeric[], numeric[], numeric[], numeric[]);

COMMIT;
