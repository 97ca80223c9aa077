-- Revert tradebase:api/open_orders from pg

BEGIN;

CALL ops.guard_revert('api/open_orders');

DROP VIEW api.open_orders;

COMMIT;
