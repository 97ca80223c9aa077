-- Deploy tradebase:api/order_history to pg
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

COMMIT;
