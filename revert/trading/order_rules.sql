-- Revert tradebase:trading/order_rules from pg

BEGIN;

CALL ops.guard_revert('trading/order_rules');

DROP FUNCTION trading.order_rules(uuid, integer);

COMMIT;
