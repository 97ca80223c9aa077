-- Deploy tradebase:trading/order_event to pg
-- requires: trading/orders

BEGIN;

CALL ops.guard_deploy();

-- Not pinned, so that it is inlined: once per order of every command.
CREATE FUNCTION trading.order_event(o trading.orders, market text)
RETURNS jsonb
LANGUAGE sql
STABLE
RETURN jsonb_build_object(
    'id', (o).id, 'client_order_id', (o).client_order_id, 'market', market, 'side', (o).side, 'type', (o).type,
    'status', (o).status, 'price', trim_scale((o).price)::text, 'quantity', trim_scale((o).quantity)::text,
    'filled_quantity', trim_scale((o).filled_quantity)::text,
    'cancel_requested', (o).cancel_requested_at IS NOT NULL, 'close_reason', (o).close_reason
);

COMMENT ON FUNCTION trading.order_event(trading.orders, text) IS
'An order as its user is told of it, amounts as text: what it is known by, and what changes while it lives.';

GRANT EXECUTE ON FUNCTION trading.order_event(trading.orders, text) TO tradebase_kernel;

COMMIT;
