-- Revert tradebase:trading/order_book from pg

BEGIN;

CALL ops.guard_revert('trading/order_book');

DROP FUNCTION trading.order_book(text, integer);

COMMIT;
