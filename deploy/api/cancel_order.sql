-- Deploy tradebase:api/cancel_order to pg
-- requires: trading/cancel_order

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.cancel_order(order_id uuid DEFAULT NULL, client_order_id text DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.cancel_order(order_id, client_order_id);

COMMENT ON FUNCTION api.cancel_order(uuid, text) IS
'Cancels my order by its id or by my name for it; see trading.cancel_order_for().';

GRANT EXECUTE ON FUNCTION api.cancel_order(uuid, text) TO authenticated;

COMMIT;
