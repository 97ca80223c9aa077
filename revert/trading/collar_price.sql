-- Revert tradebase:trading/collar_price from pg

BEGIN;

CALL ops.guard_revert('trading/collar_price');

DROP FUNCTION trading.collar_price(integer, text, numeric, numeric);

COMMIT;
