-- Revert tradebase:trading/place_order from pg

BEGIN;

CALL ops.guard_revert('trading/place_order');

DROP FUNCTION trading.place_order(text, text, text, numeric, numeric, text, text, boolean, timestamptz, text);

COMMIT;
