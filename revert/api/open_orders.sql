-- Revert tradebase:api/open_orders from pg

BEGIN;

CALL ops.guard_revert('api/open_orders');

DROP FUNCTION api.markets(api.open_orders);
DROP FUNCTION api.fills(api.open_orders);
DROP VIEW api.open_orders;

COMMIT;
