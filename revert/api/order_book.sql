-- Revert tradebase:api/order_book from pg

BEGIN;

CALL ops.guard_revert('api/order_book');

DROP FUNCTION api.order_book(text, integer);

COMMIT;
