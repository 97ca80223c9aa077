-- Revert tradebase:api/order_history from pg

BEGIN;

CALL ops.guard_revert('api/order_history');

DROP VIEW api.order_history;

COMMIT;
