-- Deploy tradebase:api/analytics to pg
-- requires: market/assets_access
-- requires: portfolio/analytics_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.analytics WITH (security_invoker = TRUE) AS
SELECT
    n.span,
    n.as_of,
    a.code AS reporting_asset,
    n.n_periods,
    n.cagr,
    n.volatility,
    n.sharpe,
    n.sortino,
    n.max_drawdown,
    n.calmar,
    n.daily_win_rate,
    n.win_rate,
    n.profit_factor,
    n.payoff_ratio,
    n.expectancy,
    n.gross_volume,
    n.fees,
    n.trades_count,
    n.computed_at
FROM portfolio.analytics AS n
JOIN market.assets AS a ON a.id = n.reporting_asset_id;

COMMENT ON VIEW api.analytics IS
'How I did over each window of days; null is what is not defined. Amounts are in units of reporting_asset: JSON clients '
'read numbers as floats, select expectancy::text and the like.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.analytics TO authenticated, tradebase_support;

COMMIT;
