-- Deploy tradebase:portfolio/compute_analytics to pg
-- requires: identity/users_access
-- requires: market/markets_access
-- requires: portfolio/analytics_access
-- requires: portfolio/performance
-- requires: portfolio/period_return
-- requires: portfolio/portfolio_snapshots_access
-- requires: system/system_config_access
-- requires: trading/fills_access
-- requires: trading/trade_busts_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.compute_analytics(
    user_id uuid DEFAULT NULL, as_of date DEFAULT (statement_timestamp() AT TIME ZONE 'UTC')::date,
    windows text[] DEFAULT ARRAY['7d', '30d', '90d', '1y', 'all']
)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
-- Leaves that a time excludes are left out when it is planned.
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
DECLARE
    wrong_argument text;
    until_at       timestamptz;
    from_at        timestamptz;
    written        integer;
BEGIN
    wrong_argument := CASE
        WHEN (as_of BETWEEN DATE '1900-01-01' AND CURRENT_DATE) IS NOT TRUE THEN 'as_of'
        WHEN (windows <@ ARRAY['7d', '30d', '90d', '1y', 'all'] AND cardinality(windows) > 0) IS NOT TRUE THEN 'windows'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument, 'expected', CASE wrong_argument
                    WHEN 'as_of' THEN 'a day that has begun' ELSE '7d, 30d, 90d, 1y or all'
                END
            );
    END IF;
    IF user_id IS NOT NULL THEN
        PERFORM FROM identity.users AS u WHERE u.id = compute_analytics.user_id AND u.kind = 'customer';
        IF NOT found THEN
            RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
        END IF;
    END IF;

    until_at := as_of::timestamptz;
    SELECT min(CASE s.name WHEN 'all' THEN '-infinity' ELSE until_at - s.name::interval END) INTO from_at
    FROM unnest(windows) AS s (name);

    WITH span AS (
        SELECT DISTINCT s.name, CASE s.name WHEN 'all' THEN '-infinity' ELSE until_at - s.name::interval END AS from_at
        FROM unnest(windows) AS s (name)
    ),

    setting AS (
        SELECT
            max((c.value #>> '{}')::double precision) FILTER (WHERE c.key = 'periods_per_year') AS periods_per_year,
            max((c.value #>> '{}')::double precision) FILTER (WHERE c.key = 'risk_free_rate') AS risk_free_rate,
            max((c.value #>> '{}')::double precision) FILTER (WHERE c.key = 'minimum_acceptable_return') AS minimum
        FROM system.system_config AS c
        WHERE c.key IN ('periods_per_year', 'risk_free_rate', 'minimum_acceptable_return')
    ),

    -- Narrow: there is one for each user and day.
    point AS MATERIALIZED (
        SELECT
            s.user_id, s.taken_at, s.reporting_asset_id, lag(s.taken_at) OVER chain AS at_before,
            lag(s.reporting_asset_id) OVER chain AS reported_before,
            portfolio.period_return(
                s.equity, lag(s.equity::numeric) OVER chain,
                s.net_flow_cum - lag(s.net_flow_cum::numeric) OVER chain
            ) AS made,
            lead(s.taken_at) OVER chain IS NULL AS is_newest
        FROM portfolio.portfolio_snapshots AS s
        WHERE
            s.kind = 'daily' AND s.taken_at BETWEEN from_at AND until_at
            AND (compute_analytics.user_id IS NULL OR s.user_id = compute_analytics.user_id)
        WINDOW chain AS (PARTITION BY s.user_id ORDER BY s.taken_at)
    ),

    newest AS MATERIALIZED (
        SELECT
            p.user_id, p.taken_at, p.reporting_asset_id,
            (
                SELECT s.holdings FROM portfolio.portfolio_snapshots AS s
                WHERE s.user_id = p.user_id AND s.kind = 'daily' AND s.taken_at = p.taken_at
            ) AS holdings
        FROM point AS p
        WHERE p.is_newest
    ),

    -- Both ends of a period lie in the window, and are of one asset.
    series AS (
        SELECT
            s.name, n.user_id, n.reporting_asset_id,
            array_agg(p.made ORDER BY p.taken_at) FILTER (
                WHERE
                p.at_before >= s.from_at AND p.reporting_asset_id = n.reporting_asset_id
                AND p.reported_before = n.reporting_asset_id
            ) AS returns
        FROM newest AS n
        JOIN point AS p ON p.user_id = n.user_id
        JOIN span AS s ON s.from_at <= p.taken_at
        GROUP BY s.name, n.user_id, n.reporting_asset_id
    ),

    fill AS MATERIALIZED (
        SELECT
            f.user_id, f.executed_at, sign(f.realized_pnl) AS outcome, f.realized_pnl * q.price AS realized,
            f.quote_quantity * q.price AS notional, f.fee * q.price AS fee
        FROM newest AS n
        JOIN trading.fills AS f ON f.user_id = n.user_id
        JOIN market.markets AS m ON m.id = f.market_id
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN m.quote_asset_id = n.reporting_asset_id THEN 1
                ELSE (n.holdings -> m.quote_asset_id::text ->> 'price')::numeric
            END AS price
        ) AS q
        WHERE
            f.executed_at >= from_at AND f.executed_at < until_at
            AND f.trade_id NOT IN (SELECT b.trade_id FROM trading.trade_busts AS b)
    ),

    trader AS (
        SELECT
            s.name, f.user_id, count(*) AS trades,
            count(*) FILTER (WHERE f.outcome > 0) AS wins, count(*) FILTER (WHERE f.outcome < 0) AS losses,
            -- Of amounts in several assets, one without a price leaves no sum.
            bool_and(f.notional IS NOT NULL) AS is_priced,
            sum(f.realized) FILTER (WHERE f.outcome > 0) AS gained, -sum(f.realized) FILTER (WHERE f.outcome < 0) AS lost,
            sum(f.notional) AS notional, sum(f.fee) AS fees
        FROM span AS s
        JOIN fill AS f ON f.executed_at >= s.from_at
        GROUP BY s.name, f.user_id
    )

    INSERT INTO portfolio.analytics AS a (
        user_id, span, as_of, reporting_asset_id, n_periods, cagr, volatility, sharpe, sortino, max_drawdown, calmar,
        daily_win_rate, win_rate, profit_factor, payoff_ratio, expectancy, gross_volume, fees, trades_count
    )
    SELECT
        r.user_id, r.name, compute_analytics.as_of, r.reporting_asset_id, p.n_periods, p.cagr, p.volatility, p.sharpe,
        p.sortino, p.max_drawdown, p.calmar, p.win_rate,
        t.wins / nullif(t.wins + t.losses, 0)::double precision,
        CASE WHEN t.is_priced THEN t.gained / nullif(t.lost, 0) END,
        CASE WHEN t.is_priced THEN (t.gained / t.wins) / (nullif(t.lost, 0) / t.losses) END,
        CASE
            WHEN t.is_priced
                THEN round((coalesce(t.gained, 0) - coalesce(t.lost, 0)) / nullif(t.wins + t.losses, 0), 18)
        END,
        CASE WHEN t.is_priced IS NOT FALSE THEN round(coalesce(t.notional, 0), 18) END,
        CASE WHEN t.is_priced IS NOT FALSE THEN round(coalesce(t.fees, 0), 18) END,
        coalesce(t.trades, 0)
    FROM series AS r
    CROSS JOIN setting AS c
    CROSS JOIN LATERAL portfolio.performance(r.returns, c.periods_per_year, c.risk_free_rate, c.minimum) AS p
    LEFT JOIN trader AS t ON t.name = r.name AND t.user_id = r.user_id
    ON CONFLICT ON CONSTRAINT analytics_pkey DO UPDATE SET
        reporting_asset_id = excluded.reporting_asset_id, n_periods = excluded.n_periods, cagr = excluded.cagr,
        volatility = excluded.volatility, sharpe = excluded.sharpe, sortino = excluded.sortino,
        max_drawdown = excluded.max_drawdown, calmar = excluded.calmar, daily_win_rate = excluded.daily_win_rate,
        win_rate = excluded.win_rate, profit_factor = excluded.profit_factor, payoff_ratio = excluded.payoff_ratio,
        expectancy = excluded.expectancy, gross_volume = excluded.gross_volume, fees = excluded.fees,
        trades_count = excluded.trades_count, computed_at = excluded.computed_at;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

COMMENT ON FUNCTION portfolio.compute_analytics(uuid, date, text[]) IS
'How each customer, or one, did in each window up to the beginning of a day, from daily snapshots and fills; returns how '
'many rows of portfolio.analytics. Who has no snapshot in a window has no row. Again it gives the same. Rates and '
'periods of a year are settings: periods_per_year, risk_free_rate, minimum_acceptable_return. TR010 a day to come, or '
'an unknown window; TR012 unknown user.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.compute_analytics(uuid, date, text[]) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.compute_analytics(uuid, date, text[]) TO tradebase_worker;

COMMIT;
