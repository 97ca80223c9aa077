-- Deploy tradebase:trading/cancel_all_orders to pg
-- requires: identity/acting_user_id
-- requires: trading/cancel_all_orders_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.cancel_all_orders(market text DEFAULT NULL, side text DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN trading.cancel_all_orders_for(identity.acting_user_id(), market, side);
END
$$;

COMMENT ON FUNCTION trading.cancel_all_orders(text, text) IS
'Cancels the open orders of who is signed in: see trading.cancel_all_orders_for().';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.cancel_all_orders(text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.cancel_all_orders(text, text) TO authenticated;

COMMIT;
