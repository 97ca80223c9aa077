-- Deploy tradebase:api/ack_order to pg
-- requires: trading/ack_order

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.ack_order(order_id uuid)
RETURNS boolean
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.ack_order(order_id);

COMMENT ON FUNCTION api.ack_order(uuid) IS
'An engine has an order in its book; see trading.ack_order().';

GRANT EXECUTE ON FUNCTION api.ack_order(uuid) TO service_role, tradebase_engine;

COMMIT;
