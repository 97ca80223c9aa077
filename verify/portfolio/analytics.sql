-- Verify tradebase:portfolio/analytics on pg

BEGIN;

SELECT user_id, span, as_of, reporting_asset_id, n_periods, cagr, volatility, sharpe, sortino, max_drawdown, calmar,
    daily_win_rate, win_rate, profit_factor, payoff_ratio, expectancy, gross_volume, fees, trades_count, computed_at
FROM portfolio.analytics
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'portfolio.analytics'::regclass
    ),
        'portfolio.analytics: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'portfolio.analytics'::regclass),
        'portfolio.analytics: an index is invalid';
END
$$;

ROLLBACK;
