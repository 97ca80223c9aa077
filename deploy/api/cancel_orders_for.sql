-- Deploy tradebase:api/cancel_orders_for to pg
-- requires: trading/cancel_orders_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.cancel_orders_for(
    user_id uuid, order_ids uuid[] DEFAULT NULL, client_order_ids text[] DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.cancel_orders_for(user_id, order_ids, client_order_ids);

COMMENT ON FUNCTION api.cancel_orders_for(uuid, uuid[], text[]) IS
'Cancels orders of a user whom the service has authenticated; see trading.cancel_orders_for().';

GRANT EXECUTE ON FUNCTION api.cancel_orders_for(uuid, uuid[], text[]) TO service_role;

COMMIT;
