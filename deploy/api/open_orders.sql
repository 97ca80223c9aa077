-- Deploy tradebase:api/open_orders to pg
-- requires: api/fills
-- requires: api/markets
-- requires: market/markets_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

-- closed_at = 'infinity' stands in the view, so that every plan touches the open book alone.
CREATE VIEW api.open_orders WITH (security_invoker = TRUE) AS
SELECT
    o.id,
    o.client_order_id,
    m.symbol AS market,
    o.side,
    o.type,
    o.time_in_force,
    o.post_only,
    o.status,
    o.price,
    o.quantity,
    o.filled_quantity,
    o.filled_quote,
    o.fee_total,
    o.hold,
    o.created_at,
    o.updated_at,
    o.expires_at,
    o.cancel_requested_at,
    o.replaces_order_id
FROM trading.orders AS o
JOIN market.markets AS m ON m.id = o.market_id
WHERE o.closed_at = 'infinity';

COMMENT ON VIEW api.open_orders IS
'My orders that live. JSON clients read numbers as floats: select price::text, quantity::text and the like.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.open_orders TO authenticated, tradebase_support;

CREATE FUNCTION api.markets(api.open_orders)
RETURNS SETOF api.markets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT t.* FROM api.markets AS t WHERE t.symbol = $1.market;
END;

COMMENT ON FUNCTION api.markets(api.open_orders) IS 'Where an order of mine stands.';

GRANT EXECUTE ON FUNCTION api.markets(api.open_orders) TO authenticated, tradebase_support;

CREATE FUNCTION api.fills(api.open_orders)
RETURNS SETOF api.fills
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- The second term prunes the months before the order.
    SELECT t.* FROM api.fills AS t WHERE t.order_id = $1.id AND t.executed_at >= $1.created_at;
END;

COMMENT ON FUNCTION api.fills(api.open_orders) IS 'What an order of mine has traded.';

GRANT EXECUTE ON FUNCTION api.fills(api.open_orders) TO authenticated, tradebase_support;

COMMIT;
