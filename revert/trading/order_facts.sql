-- Revert tradebase:trading/order_facts from pg

BEGIN;

CALL ops.guard_revert('trading/order_facts');

DROP FUNCTION trading.order_facts(uuid, integer, numeric, numeric);

COMMIT;
