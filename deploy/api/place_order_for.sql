-- Deploy tradebase:api/place_order_for to pg
-- requires: trading/place_order_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.place_order_for(
    user_id uuid, market text, side text, type text, quantity numeric, price numeric DEFAULT NULL,
    time_in_force text DEFAULT NULL, client_order_id text DEFAULT NULL, post_only boolean DEFAULT FALSE,
    expires_at timestamptz DEFAULT NULL, stp text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.place_order_for(
    user_id, market, side, type, quantity, price, time_in_force, client_order_id, post_only, expires_at, stp
);

COMMENT ON FUNCTION api.place_order_for(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) IS
'Places an order for a user whom the service has authenticated; see trading.place_order_for().';

GRANT EXECUTE ON FUNCTION api.place_order_for(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) TO service_role;

COMMIT;
