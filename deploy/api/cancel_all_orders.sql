-- Deploy tradebase:api/cancel_all_orders to pg
-- requires: trading/cancel_all_orders

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.cancel_all_orders(market text DEFAULT NULL, side text DEFAULT NULL)
RETURNS integer
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.cancel_all_orders(market, side);

COMMENT ON FUNCTION api.cancel_all_orders(text, text) IS
'Cancels my open orders, in one market or all, of one side or both; see trading.cancel_all_orders_for().';

GRANT EXECUTE ON FUNCTION api.cancel_all_orders(text, text) TO authenticated;

COMMIT;
