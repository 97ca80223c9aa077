-- Revert tradebase:trading/amend_order from pg

BEGIN;

CALL ops.guard_revert('trading/amend_order');

DROP FUNCTION trading.amend_order(uuid, numeric, numeric, text);

COMMIT;
