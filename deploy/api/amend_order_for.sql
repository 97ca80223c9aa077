-- Deploy tradebase:api/amend_order_for to pg
-- requires: trading/amend_order_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.amend_order_for(
    user_id uuid, order_id uuid, quantity numeric DEFAULT NULL, price numeric DEFAULT NULL,
    client_order_id text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.amend_order_for(user_id, order_id, quantity, price, client_order_id);

COMMENT ON FUNCTION api.amend_order_for(uuid, uuid, numeric, numeric, text) IS
'Changes an order of a user whom the service has authenticated; see trading.amend_order_for().';

GRANT EXECUTE ON FUNCTION api.amend_order_for(uuid, uuid, numeric, numeric, text) TO service_role;

COMMIT;
