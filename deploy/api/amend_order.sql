-- Deploy tradebase:api/amend_order to pg
-- requires: trading/amend_order

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.amend_order(
    order_id uuid, quantity numeric DEFAULT NULL, price numeric DEFAULT NULL, client_order_id text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.amend_order(order_id, quantity, price, client_order_id);

COMMENT ON FUNCTION api.amend_order(uuid, numeric, numeric, text) IS
'Changes quantity or price of my order; see trading.amend_order_for().';

GRANT EXECUTE ON FUNCTION api.amend_order(uuid, numeric, numeric, text) TO authenticated;

COMMIT;
