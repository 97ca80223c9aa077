-- Deploy tradebase:api/equity_curve to pg
-- requires: core/page_size
-- requires: market/assets_access
-- requires: portfolio/period_return
-- requires: portfolio/portfolio_snapshots_access
-- requires: portfolio/snapshot_kind

BEGIN;

CALL ops.guard_deploy();

-- Plain SQL that is inlined: the caller's query is planned with the cursor in it, under the caller's policies.
CREATE FUNCTION api.equity_curve(
    from_at timestamptz DEFAULT NULL, before_taken_at timestamptz DEFAULT NULL, kind text DEFAULT 'daily',
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    taken_at timestamptz, reporting_asset text, equity text, cash text, positions_value text, unrealized_pnl text,
    realized_pnl_cum text, fees_cum text, net_flow_cum text, net_flow text, period_return double precision
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT
        p.taken_at, (SELECT a.code FROM market.assets AS a WHERE a.id = p.reporting_asset_id),
        trim_scale(p.equity)::text, trim_scale(p.cash)::text, trim_scale(p.positions_value)::text,
        trim_scale(p.unrealized_pnl)::text, trim_scale(p.realized_pnl_cum)::text, trim_scale(p.fees_cum)::text,
        trim_scale(p.net_flow_cum)::text,
        CASE WHEN p.reported_before = p.reporting_asset_id THEN trim_scale(p.net_flow_cum - p.flow_before)::text END,
        CASE
            WHEN p.reported_before = p.reporting_asset_id
                THEN portfolio.period_return(p.equity, p.equity_before, p.net_flow_cum - p.flow_before)
        END
    FROM (
        -- One more than asked for: the last row has one before it, too.
        SELECT
            s.*, lead(s.reporting_asset_id) OVER chain AS reported_before,
            lead(s.equity::numeric) OVER chain AS equity_before, lead(s.net_flow_cum::numeric) OVER chain AS flow_before
        FROM (
            SELECT t.*
            FROM portfolio.portfolio_snapshots AS t
            WHERE
                t.kind = (SELECT portfolio.snapshot_kind(equity_curve.kind))
                -- A CASE: beside a policy the planner searches no index for a coalesce().
                AND t.taken_at < CASE
                    WHEN equity_curve.before_taken_at IS NULL THEN 'infinity' ELSE equity_curve.before_taken_at
                END
            ORDER BY t.taken_at DESC
            LIMIT core.page_size(equity_curve.max_rows) + 1
        ) AS s
        WINDOW chain AS (ORDER BY s.taken_at DESC)
    ) AS p
    WHERE p.taken_at >= coalesce(equity_curve.from_at, '-infinity')
    ORDER BY p.taken_at DESC
    LIMIT core.page_size(equity_curve.max_rows);
END;

COMMENT ON FUNCTION api.equity_curve(timestamptz, timestamptz, text, integer) IS
'What I had from one time to before another, newest first, amounts as text in units of reporting_asset: net_flow came in '
'from outside since the snapshot before, period_return is what the period made without it. Both are null for the first, '
'and after another asset was chosen. Go on with before_taken_at, the last row''s taken_at. TR010 unknown kind, or '
'max_rows is not 1 to 1000.';

GRANT EXECUTE ON FUNCTION api.equity_curve(timestamptz, timestamptz, text, integer) TO authenticated;

COMMIT;
