-- Deploy tradebase:trading/order_refusal to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.order_refusal(
    engine text, trading_enabled boolean, status text, post_only boolean, user_status text, reduces boolean,
    open_orders bigint, max_open_orders integer, type text, price numeric, tick_size numeric, last_price numeric,
    price_band_pct numeric, quantity numeric, lot_size numeric, min_quantity numeric, max_quantity numeric,
    min_notional numeric, max_notional numeric, time_in_force text, expires_at timestamptz, created_at timestamptz,
    max_order_age interval
)
RETURNS text
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN CASE
    WHEN engine <> 'external' THEN 'TR307'
    WHEN trading_enabled IS NOT TRUE THEN 'TR904'
    WHEN status <> 'open' AND NOT (status = 'post_only' AND post_only) THEN 'TR002'
    WHEN user_status NOT IN ('active', 'restricted') OR (user_status = 'restricted' AND NOT reduces) THEN 'TR008'
    WHEN open_orders >= max_open_orders THEN 'TR009'
    WHEN price IS NULL THEN 'TR006'
    WHEN type = 'limit' AND mod(price, tick_size) <> 0 THEN 'TR003'
    WHEN type = 'limit' AND abs(price - last_price) > last_price * price_band_pct / 100 THEN 'TR006'
    WHEN mod(quantity, lot_size) <> 0 OR quantity < min_quantity OR quantity > max_quantity THEN 'TR004'
    WHEN price * quantity < min_notional OR price * quantity > max_notional OR price * quantity >= 1e19 THEN 'TR005'
    WHEN time_in_force = 'gtd' AND NOT (expires_at > created_at AND expires_at <= created_at + max_order_age)
        THEN 'TR010'
END;

COMMENT ON FUNCTION trading.order_refusal(
    text, boolean, text, boolean, text, boolean, bigint, integer, text, numeric, numeric, numeric, numeric, numeric,
    numeric, numeric, numeric, numeric, numeric, text, timestamptz, timestamptz, interval
) IS
'The code with which an order is refused under trading.order_rules(), NULL when it is not; the only place where they '
'are applied. reduces: it makes a position smaller. price is a limit, or what a market order may trade at, NULL when '
'there is none. TR002 market does not accept, TR003 tick, TR004 quantity, TR005 notional, TR006 band or no price, '
'TR008 user may not, TR009 too many open, TR010 expires_at, TR307 no external engine, TR904 trading disabled.';

GRANT EXECUTE ON FUNCTION trading.order_refusal(
    text, boolean, text, boolean, text, boolean, bigint, integer, text, numeric, numeric, numeric, numeric, numeric,
    numeric, numeric, numeric, numeric, numeric, text, timestamptz, timestamptz, interval
) TO tradebase_kernel;

COMMIT;
