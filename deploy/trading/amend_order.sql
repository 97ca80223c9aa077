-- Deploy tradebase:trading/amend_order to pg
-- requires: identity/acting_user_id
-- requires: trading/amend_order_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.amend_order(
    order_id uuid, quantity numeric DEFAULT NULL, price numeric DEFAULT NULL, client_order_id text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN trading.amend_order_for(identity.acting_user_id(), order_id, quantity, price, client_order_id);
END
$$;

COMMENT ON FUNCTION trading.amend_order(uuid, numeric, numeric, text) IS
'Changes an order of who is signed in: see trading.amend_order_for().';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.amend_order(uuid, numeric, numeric, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.amend_order(uuid, numeric, numeric, text) TO authenticated;

COMMIT;
