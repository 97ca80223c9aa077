-- Deploy tradebase:api/list_trades to pg
-- requires: core/page_size
-- requires: market/market_id
-- requires: trading/trades_access

BEGIN;

CALL ops.guard_deploy();

-- Plain SQL that is inlined: the caller's query is planned with the cursor in it, under the caller's policies.
CREATE FUNCTION api.list_trades(market text, before_seq bigint DEFAULT NULL, max_rows integer DEFAULT 100)
RETURNS TABLE (
    seq bigint, executed_at timestamptz, price text, quantity text, quote_quantity text, taker_side text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT
        t.seq, t.executed_at, trim_scale(t.price)::text, trim_scale(t.quantity)::text,
        trim_scale(t.quote_quantity)::text, t.taker_side
    FROM trading.trades AS t
    WHERE
        t.market_id = (SELECT market.market_id(list_trades.market))
        -- A CASE: beside a policy the planner searches no index for a coalesce().
        AND t.seq < CASE WHEN list_trades.before_seq IS NULL THEN 9223372036854775807 ELSE list_trades.before_seq END
    ORDER BY t.seq DESC
    -- A SELECT, as in the pages of a user: planned for a page, whatever its length.
    LIMIT (SELECT core.page_size(list_trades.max_rows));
END;

COMMENT ON FUNCTION api.list_trades(text, bigint, integer) IS
'The public tape of a market, newest first, amounts as text; nobody''s order is on it. Go on with before_seq, the last '
'seq seen: it has no gap, and what is traded meanwhile comes before it. TR001 unknown market, TR010 max_rows is not 1 '
'to 1000.';

GRANT EXECUTE ON FUNCTION api.list_trades(text, bigint, integer) TO anon, authenticated;

COMMIT;
