-- Deploy tradebase:trading/order_facts to pg
-- requires: trading/order_rules

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.order_facts(user_id uuid, market_id integer, price numeric, quantity numeric)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'argument', 'expires_at', 'market', r.symbol, 'status', r.status, 'engine', r.engine,
            'user_status', r.user_status, 'max_open_orders', r.max_open_orders, 'max_order_age', r.max_order_age::text,
            'price', order_facts.price::text, 'tick_size', r.tick_size::text, 'last_price', r.last_price::text,
            'price_band_pct', r.price_band_pct::text, 'quantity', order_facts.quantity::text,
            'lot_size', r.lot_size::text, 'min_quantity', r.min_quantity::text, 'max_quantity', r.max_quantity::text,
            'notional', (order_facts.price * order_facts.quantity)::text, 'min_notional', r.min_notional::text,
            'max_notional', coalesce(r.max_notional, 1e19)::text
        )
        FROM trading.order_rules(order_facts.user_id, order_facts.market_id) AS r
    );
END
$$;

COMMENT ON FUNCTION trading.order_facts(uuid, integer, numeric, numeric) IS
'What trading.refuse_order() may say about an order that the rules of its market refuse; amounts as text.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.order_facts(uuid, integer, numeric, numeric) TO tradebase_kernel;

COMMIT;
