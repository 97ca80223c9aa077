-- Revert tradebase:trading/amend_order_for from pg

BEGIN;

CALL ops.guard_revert('trading/amend_order_for');

DROP FUNCTION trading.amend_order_for(uuid, uuid, numeric, numeric, text);

COMMIT;
