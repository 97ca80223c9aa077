-- Revert tradebase:trading/order_flaw from pg

BEGIN;

CALL ops.guard_revert('trading/order_flaw');

DROP FUNCTION trading.order_flaw(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
);

COMMIT;
