-- Deploy tradebase:trading/order_json to pg
-- requires: market/markets_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.order_json(o trading.orders)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN jsonb_build_object(
        'id', o.id, 'client_order_id', o.client_order_id,
        'market', (SELECT m.symbol FROM market.markets AS m WHERE m.id = o.market_id), 'side', o.side, 'type', o.type,
        'time_in_force', o.time_in_force, 'post_only', o.post_only, 'status', o.status,
        'price', trim_scale(o.price)::text, 'quantity', trim_scale(o.quantity)::text,
        'filled_quantity', trim_scale(o.filled_quantity)::text, 'filled_quote', trim_scale(o.filled_quote)::text,
        'fee_total', trim_scale(o.fee_total)::text, 'hold', trim_scale(o.hold)::text,
        'created_at', o.created_at, 'updated_at', o.updated_at, 'expires_at', o.expires_at,
        'closed_at', nullif(o.closed_at, 'infinity'), 'close_reason', o.close_reason,
        'cancel_requested_at', o.cancel_requested_at, 'replaces_order_id', o.replaces_order_id
    );
END
$$;

COMMENT ON FUNCTION trading.order_json(trading.orders) IS
'An order as its owner sees it: amounts as text, so that no client makes floats of them; closed_at null while it is '
'open.';

GRANT EXECUTE ON FUNCTION trading.order_json(trading.orders) TO tradebase_kernel;

COMMIT;
