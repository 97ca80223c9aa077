-- Deploy tradebase:api/cancel_order_for to pg
-- requires: trading/cancel_order_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.cancel_order_for(user_id uuid, order_id uuid DEFAULT NULL, client_order_id text DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.cancel_order_for(user_id, order_id, client_order_id);

COMMENT ON FUNCTION api.cancel_order_for(uuid, uuid, text) IS
'Cancels an order of a user whom the service has authenticated; see trading.cancel_order_for().';

GRANT EXECUTE ON FUNCTION api.cancel_order_for(uuid, uuid, text) TO service_role;

COMMIT;
