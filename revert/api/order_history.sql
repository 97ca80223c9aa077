-- Revert tradebase:api/order_history from pg

BEGIN;

CALL ops.guard_revert('api/order_history');

DROP FUNCTION api.markets(api.order_history);
DROP FUNCTION api.fills(api.order_history);
DROP VIEW api.order_history;

COMMIT;
