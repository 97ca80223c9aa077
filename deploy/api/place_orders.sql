-- Deploy tradebase:api/place_orders to pg
-- requires: trading/place_orders

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.place_orders(orders jsonb)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.place_orders(orders);

COMMENT ON FUNCTION api.place_orders(jsonb) IS
'Places my orders, all or none; see trading.place_orders_for() for what it takes, answers and refuses.';

GRANT EXECUTE ON FUNCTION api.place_orders(jsonb) TO authenticated;

COMMIT;
