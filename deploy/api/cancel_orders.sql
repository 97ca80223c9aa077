-- Deploy tradebase:api/cancel_orders to pg
-- requires: trading/cancel_orders

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.cancel_orders(order_ids uuid[] DEFAULT NULL, client_order_ids text[] DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.cancel_orders(order_ids, client_order_ids);

COMMENT ON FUNCTION api.cancel_orders(uuid[], text[]) IS
'Cancels my orders, all or none; see trading.cancel_orders_for().';

GRANT EXECUTE ON FUNCTION api.cancel_orders(uuid[], text[]) TO authenticated;

COMMIT;
