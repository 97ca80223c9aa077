-- Deploy tradebase:api/get_candles to pg
-- requires: market/candle_step
-- requires: market/market_id
-- requires: market/price_history_access

BEGIN;

CALL ops.guard_deploy();

-- Plain SQL that is inlined: the caller's query is planned with the bounds in it, and reads the leaves of that time and
-- the one candle before it.
CREATE FUNCTION api.get_candles(market text, "interval" text, from_at timestamptz, to_at timestamptz)
RETURNS TABLE (
    bucket_start timestamptz, open text, high text, low text, close text, base_volume text, quote_volume text,
    trade_count integer, source text, is_filled boolean
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT
        w.bucket_start, trim_scale(coalesce(w.open, w.carried))::text, trim_scale(coalesce(w.high, w.carried))::text,
        trim_scale(coalesce(w.low, w.carried))::text, trim_scale(w.carried)::text,
        -- Nothing was traded, which is not the same as nobody knows.
        trim_scale(CASE WHEN w.source IS NULL THEN 0 ELSE w.base_volume END)::text,
        trim_scale(CASE WHEN w.source IS NULL THEN 0 ELSE w.quote_volume END)::text,
        CASE WHEN w.source IS NULL THEN 0 ELSE w.trade_count END, w.source, w.source IS NULL
    FROM (
        SELECT
            g.*,
            coalesce(first_value(g.close) OVER (PARTITION BY g.n ORDER BY g.bucket_start), (
                SELECT h.close
                FROM market.price_history AS h
                WHERE
                    h.market_id = (SELECT market.market_id(get_candles.market))
                    AND h.interval = get_candles.interval AND h.bucket_start < get_candles.from_at
                ORDER BY h.bucket_start DESC, h.source DESC
                LIMIT 1
            ))::numeric AS carried
        FROM (
            -- The n-th candle, and what is empty until the next.
            SELECT
                s.bucket_start, c.open::numeric, c.high::numeric, c.low::numeric, c.close, c.base_volume::numeric,
                c.quote_volume::numeric, c.trade_count, c.source, count(c.source) OVER (ORDER BY s.bucket_start) AS n
            FROM (SELECT market.candle_step(get_candles.interval, get_candles.from_at, get_candles.to_at)) AS p (step)
            CROSS JOIN LATERAL generate_series(
                date_bin(
                    p.step, get_candles.from_at + p.step - INTERVAL '1 microsecond',
                    TIMESTAMPTZ '2001-01-01 00:00:00+00'
                ),
                least(get_candles.to_at, now() + INTERVAL '1 microsecond') - INTERVAL '1 microsecond', p.step
            ) AS s (bucket_start)
            LEFT JOIN (
                -- Where a market is traded here and elsewhere, our own tape comes first.
                SELECT DISTINCT ON (h.bucket_start) h.*
                FROM market.price_history AS h
                WHERE
                    h.market_id = (SELECT market.market_id(get_candles.market))
                    AND h.interval = get_candles.interval
                    AND h.bucket_start >= get_candles.from_at AND h.bucket_start < get_candles.to_at
                ORDER BY h.bucket_start DESC, h.source DESC
            ) AS c ON c.bucket_start = s.bucket_start
        ) AS g
    ) AS w
    WHERE w.carried IS NOT NULL
    ORDER BY w.bucket_start;
END;

COMMENT ON FUNCTION api.get_candles(text, text, timestamptz, timestamptz) IS
'Candles of a market (interval: 1m, 5m, 15m, 1h, 4h, 1d, 1w) that begin at from_at or later and before to_at, oldest '
'first, amounts as text, up to now and as far as market.roll_candles() has come. A bucket without a trade has the last '
'close before it and no volume, and is_filled; before the first candle there is none. source says whose it is: trades '
'made here, before bars from elsewhere, which are minutes. A volume that the source does not know is NULL. TR001 '
'unknown market, TR010 no such interval, no stretch of time, or more than 1000 candles.';

GRANT EXECUTE ON FUNCTION api.get_candles(text, text, timestamptz, timestamptz) TO anon, authenticated;

COMMIT;
