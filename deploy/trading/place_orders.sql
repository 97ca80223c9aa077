-- Deploy tradebase:trading/place_orders to pg
-- requires: identity/acting_user_id
-- requires: trading/place_orders_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.place_orders(orders jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN trading.place_orders_for(identity.acting_user_id(), orders);
END
$$;

COMMENT ON FUNCTION trading.place_orders(jsonb) IS
'Places orders for who is signed in, all or none: see trading.place_orders_for().';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.place_orders(jsonb) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.place_orders(jsonb) TO authenticated;

COMMIT;
