-- Deploy tradebase:api/place_order to pg
-- requires: trading/place_order

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.place_order(
    market text, side text, type text, quantity numeric, price numeric DEFAULT NULL, time_in_force text DEFAULT NULL,
    client_order_id text DEFAULT NULL, post_only boolean DEFAULT FALSE, expires_at timestamptz DEFAULT NULL,
    stp text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN trading.place_order(
    market, side, type, quantity, price, time_in_force, client_order_id, post_only, expires_at, stp
);

COMMENT ON FUNCTION api.place_order(text, text, text, numeric, numeric, text, text, boolean, timestamptz, text) IS
'Places my order; see trading.place_order_for() for what it answers and refuses. Send quantity and price as strings: a '
'JSON number may have lost digits already.';

GRANT EXECUTE ON FUNCTION api.place_order(
    text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) TO authenticated;

COMMIT;
