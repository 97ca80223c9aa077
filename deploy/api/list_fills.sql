-- Deploy tradebase:api/list_fills to pg
-- requires: core/page_size
-- requires: market/assets_access
-- requires: market/market_id
-- requires: trading/fills_access

BEGIN;

CALL ops.guard_deploy();

-- Plain SQL that is inlined: the caller's query is planned with the cursor in it, under the caller's policies.
CREATE FUNCTION api.list_fills(
    market text DEFAULT NULL, before_executed_at timestamptz DEFAULT NULL, before_id uuid DEFAULT NULL,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    executed_at timestamptz, id uuid, order_id uuid, market text, trade_seq bigint, side text, liquidity text,
    price text, quantity text, quote_quantity text, fee text, fee_asset text, fee_rate text, realized_pnl text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT
        f.executed_at, f.id, f.order_id, (SELECT m.symbol FROM market.markets AS m WHERE m.id = f.market_id),
        f.trade_seq, f.side, f.liquidity, trim_scale(f.price)::text, trim_scale(f.quantity)::text,
        trim_scale(f.quote_quantity)::text, trim_scale(f.fee)::text,
        (SELECT a.code FROM market.assets AS a WHERE a.id = f.fee_asset_id), trim_scale(f.fee_rate)::text,
        trim_scale(f.realized_pnl)::text
    FROM trading.fills AS f
    WHERE
        -- The first prunes the months, the row is the cursor. Whose they are the policy says.
        -- A CASE: beside a policy the planner searches no index for a coalesce().
        f.executed_at <= CASE
            WHEN list_fills.before_executed_at IS NULL THEN 'infinity' ELSE list_fills.before_executed_at
        END
        AND (f.executed_at, f.id) < (
            CASE WHEN list_fills.before_executed_at IS NULL THEN 'infinity' ELSE list_fills.before_executed_at END,
            CASE
                WHEN list_fills.before_id IS NULL THEN '00000000-0000-0000-0000-000000000000' ELSE list_fills.before_id
            END
        )
        -- The first is asked once, before any row: an unknown market is one for who has no fills, too.
        AND (list_fills.market IS NULL OR (SELECT market.market_id(list_fills.market)) IS NOT NULL)
        AND (list_fills.market IS NULL OR f.market_id = (SELECT market.market_id(list_fills.market)))
    ORDER BY f.executed_at DESC, f.id DESC
    -- A SELECT: a planner that knew how many would sort all of a busy user's rows for a page longer than the average
    -- user has.
    LIMIT (SELECT core.page_size(list_fills.max_rows));
END;

COMMENT ON FUNCTION api.list_fills(text, timestamptz, uuid, integer) IS
'My side of my trades, in one market or all, newest first, amounts as text; trade_seq finds the trade on the tape. Go '
'on with before_executed_at and before_id, the last row''s executed_at and id. TR001 unknown market, TR010 max_rows is '
'not 1 to 1000.';

GRANT EXECUTE ON FUNCTION api.list_fills(text, timestamptz, uuid, integer) TO authenticated;

COMMIT;
