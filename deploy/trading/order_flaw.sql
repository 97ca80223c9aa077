-- Deploy tradebase:trading/order_flaw to pg
-- requires: core/is_client_key

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.order_flaw(
    user_id uuid, market text, side text, type text, quantity numeric, price numeric, time_in_force text,
    client_order_id text, post_only boolean, expires_at timestamptz, stp text
)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
-- NaN is above every bound: only the upper ones refuse it.
RETURN CASE
    WHEN user_id IS NULL THEN 'user_id'
    WHEN market IS NULL THEN 'market'
    WHEN (side IN ('buy', 'sell')) IS NOT TRUE THEN 'side'
    WHEN (type IN ('market', 'limit')) IS NOT TRUE THEN 'type'
    WHEN (quantity > 0 AND quantity < 1e18) IS NOT TRUE THEN 'quantity'
    WHEN type = 'limit' AND (price > 0 AND price < 1e18) IS NOT TRUE THEN 'price'
    WHEN type = 'market' AND price IS NOT NULL THEN 'price'
    WHEN time_in_force NOT IN ('gtc', 'ioc', 'fok', 'gtd', 'day') THEN 'time_in_force'
    WHEN NOT core.is_client_key(coalesce(client_order_id, 'none')) THEN 'client_order_id'
    WHEN post_only IS NULL THEN 'post_only'
    WHEN stp NOT IN ('cancel_taker', 'cancel_maker', 'cancel_both') THEN 'stp'
    WHEN type = 'market' AND (time_in_force NOT IN ('ioc', 'fok') OR post_only) THEN 'combination'
    WHEN post_only AND time_in_force IN ('ioc', 'fok') THEN 'combination'
    WHEN (coalesce(time_in_force, 'gtc') = 'gtd') <> (expires_at IS NOT NULL) THEN 'combination'
END;

COMMENT ON FUNCTION trading.order_flaw(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) IS
'What is wrong in a request to place an order, before anything is looked up: the name of an argument (TR010), '
'combination for what does not go together (TR007), NULL for nothing. time_in_force may be left out.';

GRANT EXECUTE ON FUNCTION trading.order_flaw(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) TO tradebase_kernel;

COMMIT;
