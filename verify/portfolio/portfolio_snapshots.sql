-- Verify tradebase:portfolio/portfolio_snapshots on pg

BEGIN;

SELECT user_id, kind, taken_at, reporting_asset_id, equity, cash, positions_value, unrealized_pnl, realized_pnl_cum,
    fees_cum, net_flow_cum, holdings
FROM portfolio.portfolio_snapshots
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT relrowsecurity AND relforcerowsecurity FROM pg_class
        WHERE oid = 'portfolio.portfolio_snapshots'::regclass
    ),
        'portfolio.portfolio_snapshots: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'portfolio.portfolio_snapshots'::regclass),
        'portfolio.portfolio_snapshots: an index is invalid';
    ASSERT (
        SELECT count(*) = 2 FROM pg_trigger
        WHERE
            tgrelid = 'portfolio.portfolio_snapshots'::regclass AND tgenabled = 'A'
            AND tgname IN ('portfolio_snapshots_append_only', 'portfolio_snapshots_no_truncate')
    ),
        'portfolio.portfolio_snapshots: a trigger that keeps its rows is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'portfolio.portfolio_snapshots'::regclass),
        'portfolio.portfolio_snapshots: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('portfolio.portfolio_snapshots')),
        'portfolio.portfolio_snapshots: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('portfolio.portfolio_snapshots') AS b
        WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'portfolio.portfolio_snapshots: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
