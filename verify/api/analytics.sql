-- Verify tradebase:api/analytics on pg

BEGIN;

SELECT span, as_of, reporting_asset, n_periods, cagr, volatility, sharpe, sortino, max_drawdown, calmar,
    daily_win_rate, win_rate, profit_factor, payoff_ratio, expectancy, gross_volume, fees, trades_count, computed_at
FROM api.analytics
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.analytics'::regclass),
        'api.analytics: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.analytics', 'SELECT'), 'api.analytics: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.analytics', 'SELECT'), 'api.analytics: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.analytics', 'INSERT, UPDATE'),
        'api.analytics: authenticated can write through it';
END
$$;

ROLLBACK;
