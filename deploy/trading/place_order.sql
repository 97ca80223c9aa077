-- Deploy tradebase:trading/place_order to pg
-- requires: identity/acting_user_id
-- requires: trading/place_order_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.place_order(
    market text, side text, type text, quantity numeric, price numeric DEFAULT NULL, time_in_force text DEFAULT NULL,
    client_order_id text DEFAULT NULL, post_only boolean DEFAULT FALSE, expires_at timestamptz DEFAULT NULL,
    stp text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN trading.place_order_for(
        identity.acting_user_id(), market, side, type, quantity, price, time_in_force, client_order_id, post_only,
        expires_at, stp
    );
END
$$;

COMMENT ON FUNCTION trading.place_order(
    text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) IS
'Places an order for who is signed in: see trading.place_order_for().';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.place_order(
    text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.place_order(
    text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) TO authenticated;

COMMIT;
