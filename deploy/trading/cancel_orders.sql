-- Deploy tradebase:trading/cancel_orders to pg
-- requires: identity/acting_user_id
-- requires: trading/cancel_orders_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.cancel_orders(order_ids uuid[] DEFAULT NULL, client_order_ids text[] DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN trading.cancel_orders_for(identity.acting_user_id(), order_ids, client_order_ids);
END
$$;

COMMENT ON FUNCTION trading.cancel_orders(uuid[], text[]) IS
'Cancels orders of who is signed in, all or none: see trading.cancel_orders_for().';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.cancel_orders(uuid[], text[]) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.cancel_orders(uuid[], text[]) TO authenticated;

COMMIT;
