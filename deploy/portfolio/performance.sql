-- Deploy tradebase:portfolio/performance to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.performance(
    returns double precision[], periods_per_year double precision, risk_free_rate double precision DEFAULT 0,
    minimum_acceptable_return double precision DEFAULT 0
)
RETURNS TABLE (
    n_periods integer, cagr double precision, volatility double precision, sharpe double precision,
    sortino double precision, max_drawdown double precision, calmar double precision, win_rate double precision
)
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    -- Growth is added up as logarithms: no product of many returns is too large or too small for a number.
    WITH period AS (
        SELECT
            r.value, r.n,
            sum(CASE WHEN r.value > -1 THEN ln(1 + r.value) ELSE '-Infinity' END) OVER (ORDER BY r.n) AS growth
        FROM unnest(performance.returns) WITH ORDINALITY AS r (value, n)
        -- A period without a return is none. NaN is above every bound.
        WHERE r.value BETWEEN -1e100 AND 1e100
    ),

    -- The peak is at least the beginning's.
    path AS (
        SELECT p.value, p.growth, p.n, greatest(0, max(p.growth) OVER (ORDER BY p.n)) AS peak
        FROM period AS p
    ),

    rate AS (
        SELECT
            (1 + performance.risk_free_rate) ^ (1 / performance.periods_per_year) - 1 AS risk_free,
            (1 + performance.minimum_acceptable_return) ^ (1 / performance.periods_per_year) - 1 AS acceptable
    ),

    figure AS (
        SELECT
            count(*)::integer AS n, avg(p.value) AS mean, stddev_samp(p.value) AS deviation,
            sqrt(avg(least(p.value - r.acceptable, 0) ^ 2)) AS downside, min(p.growth - p.peak) AS fall,
            (array_agg(p.growth ORDER BY p.n DESC))[1] * performance.periods_per_year / nullif(count(*), 0) AS growth,
            count(*) FILTER (WHERE p.value > 0) AS wins, count(*) FILTER (WHERE p.value <> 0) AS moves
        FROM path AS p
        CROSS JOIN rate AS r
    ),

    -- Below e^-700, and after a total loss, nothing is left.
    yearly AS (
        SELECT
            f.*,
            CASE WHEN f.growth < 700 THEN exp(greatest(f.growth, -700)) - 1 END AS cagr,
            CASE WHEN f.fall <= 0 THEN exp(greatest(f.fall, -700)) - 1 END AS max_drawdown
        FROM figure AS f
    )

    -- What differs by less than 1e-12 does so by rounding, and is no risk to divide by.
    SELECT
        f.n, f.cagr,
        f.deviation * sqrt(performance.periods_per_year),
        CASE
            WHEN f.deviation > 1e-12
                THEN (f.mean - r.risk_free) / f.deviation * sqrt(performance.periods_per_year)
        END,
        CASE
            WHEN f.n > 1 AND f.downside > 1e-12
                THEN (f.mean - r.acceptable) / f.downside * sqrt(performance.periods_per_year)
        END,
        f.max_drawdown,
        CASE WHEN f.max_drawdown < -1e-12 THEN f.cagr / -f.max_drawdown END,
        f.wins / nullif(f.moves, 0)::double precision
    FROM yearly AS f
    CROSS JOIN rate AS r;
END;

COMMENT ON FUNCTION portfolio.performance(double precision[], double precision, double precision, double precision) IS
'How returns in their order did, each of one period, NULL where there was none: compound return of a year, standard '
'deviation (n - 1), Sharpe, Sortino, deepest fall, Calmar, and the share of gains among what was not zero. Rates are of '
'a year. NULL where it is not defined: one return has no deviation, none that fell no fall to divide by.';

GRANT EXECUTE
ON FUNCTION portfolio.performance(double precision[], double precision, double precision, double precision)
TO tradebase_kernel, tradebase_reporter;

COMMIT;
