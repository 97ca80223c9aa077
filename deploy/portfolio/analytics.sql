-- Deploy tradebase:portfolio/analytics to pg
-- requires: core/numbers
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE portfolio.analytics (
    user_id            uuid        NOT NULL,
    span               text        NOT NULL,
    as_of              date        NOT NULL,
    reporting_asset_id integer     NOT NULL,
    n_periods          integer     NOT NULL,
    cagr               double precision,
    volatility         double precision,
    sharpe             double precision,
    sortino            double precision,
    max_drawdown       double precision,
    calmar             double precision,
    daily_win_rate     double precision,
    win_rate           double precision,
    profit_factor      double precision,
    payoff_ratio       double precision,
    expectancy         core.total,
    gross_volume       core.total,
    fees               core.total,
    trades_count       integer     NOT NULL,
    computed_at        timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT analytics_pkey PRIMARY KEY (user_id, span, as_of),
    CONSTRAINT analytics_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
    CONSTRAINT analytics_span_check CHECK (span IN ('7d', '30d', '90d', '1y', 'all')),
    CONSTRAINT analytics_n_periods_check CHECK (n_periods >= 0),
    CONSTRAINT analytics_trades_count_check CHECK (trades_count >= 0),
    -- NaN is above Infinity. What is not defined is NULL.
    CONSTRAINT analytics_finite_check CHECK (
        greatest(cagr, volatility, sharpe, sortino, max_drawdown, calmar, profit_factor, payoff_ratio) < 'Infinity'
        AND least(cagr, volatility, sharpe, sortino, max_drawdown, calmar, profit_factor, payoff_ratio) > '-Infinity'
    ),
    CONSTRAINT analytics_max_drawdown_check CHECK (max_drawdown BETWEEN -1 AND 0),
    CONSTRAINT analytics_daily_win_rate_check CHECK (daily_win_rate BETWEEN 0 AND 1),
    CONSTRAINT analytics_win_rate_check CHECK (win_rate BETWEEN 0 AND 1)
);

COMMENT ON TABLE portfolio.analytics IS
'How a customer did over a window of days that ends with a daily snapshot: made by portfolio.compute_analytics() from '
'snapshots and fills, and the same when it is made again. Ratios are no money and are floating point; NULL is what is '
'not defined, for too few points or nothing to divide by. [not audited: made from snapshots and fills]';
COMMENT ON COLUMN portfolio.analytics.span IS 'Length of the window: days, a year, or all there is.';
COMMENT ON COLUMN portfolio.analytics.as_of IS 'Day at whose beginning, in UTC, the window ends.';
COMMENT ON COLUMN portfolio.analytics.reporting_asset_id IS
'What the amounts are in units of, the last snapshot''s: returns in another asset do not count.';
COMMENT ON COLUMN portfolio.analytics.n_periods IS
'Returns there are, one between two snapshots: net of what came in and went out, booked at the period''s beginning.';
COMMENT ON COLUMN portfolio.analytics.cagr IS 'Compound return of a year.';
COMMENT ON COLUMN portfolio.analytics.volatility IS 'Standard deviation of the returns (n - 1), of a year.';
COMMENT ON COLUMN portfolio.analytics.sharpe IS 'Mean return above the risk-free rate by its deviation, of a year.';
COMMENT ON COLUMN portfolio.analytics.sortino IS
'Mean return above the least acceptable one by the root of the mean square of what is below it, over all periods.';
COMMENT ON COLUMN portfolio.analytics.max_drawdown IS 'Deepest fall below an earlier peak, a fraction: 0 or below.';
COMMENT ON COLUMN portfolio.analytics.calmar IS 'cagr by the size of the deepest fall.';
COMMENT ON COLUMN portfolio.analytics.daily_win_rate IS 'Returns above zero, of those that are not zero.';
COMMENT ON COLUMN portfolio.analytics.win_rate IS 'Closing fills that won, of those that won or lost.';
COMMENT ON COLUMN portfolio.analytics.profit_factor IS 'All gains of closing fills by all losses.';
COMMENT ON COLUMN portfolio.analytics.payoff_ratio IS 'Mean gain of a closing fill by mean loss.';
COMMENT ON COLUMN portfolio.analytics.expectancy IS
'What a closing fill won or lost on average, before fees. It and the two below are at the last snapshot''s prices, and '
'NULL where a price of a quote asset is not in it.';
COMMENT ON COLUMN portfolio.analytics.gross_volume IS 'Notional of all fills that were not busted.';
COMMENT ON COLUMN portfolio.analytics.fees IS 'Fees of the same fills.';
COMMENT ON COLUMN portfolio.analytics.trades_count IS 'How many fills those are.';

-- No policy yet: until portfolio/analytics_access is deployed nobody sees a row, its owner included.
ALTER TABLE portfolio.analytics ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.analytics FORCE ROW LEVEL SECURITY;

COMMIT;
