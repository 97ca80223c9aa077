-- Deploy tradebase:api/order_history to pg
-- requires: api/fills
-- requires: api/markets
-- requires: market/markets_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.order_history WITH (security_invoker = TRUE) AS
SELECT
    o.closed_at,
    o.id,
    o.client_order_id,
    m.symbol AS market,
    o.side,
    o.type,
    o.time_in_force,
    o.status,
    o.close_reason,
    o.price,
    o.quantity,
    o.filled_quantity,
    o.filled_quote,
    o.fee_total,
    o.created_at,
    o.replaces_order_id
FROM trading.orders AS o
JOIN market.markets AS m ON m.id = o.market_id
WHERE o.closed_at < 'infinity';

COMMENT ON VIEW api.order_history IS
'My orders that have ended. Read it newest first, ORDER BY closed_at DESC, id DESC, and go on from the last row (c, i) '
'with closed_at <= c AND (closed_at, id) < (c, i): the first term prunes the months, the second is the cursor, and '
'what ends meanwhile comes before it. JSON clients read numbers as floats: select price::text and the like.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.order_history TO authenticated, tradebase_support;

CREATE FUNCTION api.markets(api.order_history)
RETURNS SETOF api.markets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT t.* FROM api.markets AS t WHERE t.symbol = $1.market;
END;

COMMENT ON FUNCTION api.markets(api.order_history) IS 'Where an order of mine stood.';

GRANT EXECUTE ON FUNCTION api.markets(api.order_history) TO authenticated, tradebase_support;

CREATE FUNCTION api.fills(api.order_history)
RETURNS SETOF api.fills
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- The second term prunes the months before the order.
    SELECT t.* FROM api.fills AS t WHERE t.order_id = $1.id AND t.executed_at >= $1.created_at;
END;

COMMENT ON FUNCTION api.fills(api.order_history) IS 'What an order of mine has traded.';

GRANT EXECUTE ON FUNCTION api.fills(api.order_history) TO authenticated, tradebase_support;

COMMIT;
