-- Deploy tradebase:trading/cancel_order to pg
-- requires: identity/acting_user_id
-- requires: trading/cancel_order_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.cancel_order(order_id uuid DEFAULT NULL, client_order_id text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN trading.cancel_order_for(identity.acting_user_id(), order_id, client_order_id);
END
$$;

COMMENT ON FUNCTION trading.cancel_order(uuid, text) IS
'Cancels an order of who is signed in: see trading.cancel_order_for().';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.cancel_order(uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.cancel_order(uuid, text) TO authenticated;

COMMIT;
