-- Revert tradebase:trading/order_refusal from pg

BEGIN;

CALL ops.guard_revert('trading/order_refusal');

DROP FUNCTION trading.order_refusal(
    text, boolean, text, boolean, text, boolean, bigint, integer, text, numeric, numeric, numeric, numeric, numeric,
    numeric, numeric, numeric, numeric, numeric, text, timestamptz, timestamptz, interval
);

COMMIT;
