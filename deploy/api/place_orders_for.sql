-- Deploy tradebase:api/place_orders_for to pg
-- requires: trading/place_orders_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.place_orders_for(user_id uuid, orders jsonb)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.place_orders_for(user_id, orders);

COMMENT ON FUNCTION api.place_orders_for(uuid, jsonb) IS
'Places orders for a user whom the service has authenticated; see trading.place_orders_for().';

GRANT EXECUTE ON FUNCTION api.place_orders_for(uuid, jsonb) TO service_role;

COMMIT;
