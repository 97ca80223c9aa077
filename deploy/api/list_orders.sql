-- Deploy tradebase:api/list_orders to pg
-- requires: core/page_size
-- requires: market/market_id
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

-- Plain SQL that is inlined: the caller's query is planned with the cursor in it, under the caller's policies.
CREATE FUNCTION api.list_orders(
    market text DEFAULT NULL, before_closed_at timestamptz DEFAULT NULL, before_id uuid DEFAULT NULL,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    closed_at timestamptz, id uuid, client_order_id text, market text, side text, type text, time_in_force text,
    post_only boolean, status text, close_reason text, price text, quantity text, filled_quantity text,
    filled_quote text, fee_total text, created_at timestamptz, replaces_order_id uuid
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT
        o.closed_at, o.id, o.client_order_id::text, (SELECT m.symbol FROM market.markets AS m WHERE m.id = o.market_id),
        o.side, o.type, o.time_in_force, o.post_only, o.status, o.close_reason, trim_scale(o.price)::text,
        trim_scale(o.quantity)::text, trim_scale(o.filled_quantity)::text, trim_scale(o.filled_quote)::text,
        trim_scale(o.fee_total)::text, o.created_at, o.replaces_order_id
    FROM trading.orders AS o
    WHERE
        -- The first two prune the months, the row is the cursor. Whose they are the policy says.
        o.closed_at < 'infinity'
        -- A CASE: beside a policy the planner searches no index for a coalesce().
        AND o.closed_at <= CASE
            WHEN list_orders.before_closed_at IS NULL THEN 'infinity' ELSE list_orders.before_closed_at
        END
        AND (o.closed_at, o.id) < (
            CASE WHEN list_orders.before_closed_at IS NULL THEN 'infinity' ELSE list_orders.before_closed_at END,
            CASE
                WHEN list_orders.before_id IS NULL
                    THEN '00000000-0000-0000-0000-000000000000'
                ELSE list_orders.before_id
            END
        )
        -- The first is asked once, before any row: an unknown market is one for who has no orders, too.
        AND (list_orders.market IS NULL OR (SELECT market.market_id(list_orders.market)) IS NOT NULL)
        AND (list_orders.market IS NULL OR o.market_id = (SELECT market.market_id(list_orders.market)))
    ORDER BY o.closed_at DESC, o.id DESC
    -- A SELECT: a planner that knew how many would sort all of a busy user's rows for a page longer than the average
    -- user has.
    LIMIT (SELECT core.page_size(list_orders.max_rows));
END;

COMMENT ON FUNCTION api.list_orders(text, timestamptz, uuid, integer) IS
'My orders that have ended, in one market or all, newest first, amounts as text. Go on with before_closed_at and '
'before_id, the last row''s closed_at and id: what ends meanwhile comes before it. What lives is in api.open_orders. '
'TR001 unknown market, TR010 max_rows is not 1 to 1000.';

GRANT EXECUTE ON FUNCTION api.list_orders(text, timestamptz, uuid, integer) TO authenticated;

COMMIT;
