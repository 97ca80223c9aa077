-- Deploy tradebase:market/candles_of to pg
-- requires: market/candle_length
-- requires: trading/trades_access

BEGIN;

CALL ops.guard_deploy();

-- Plain SQL that is inlined: whoever rolls plans it with their own bounds in it.
CREATE FUNCTION market.candles_of(
    market_id integer, after_seq bigint, upto_seq bigint, from_at timestamptz, to_at timestamptz
)
RETURNS TABLE (
    span text, bucket_start timestamptz, open numeric, high numeric, low numeric, close numeric, base_volume numeric,
    quote_volume numeric, trade_count integer, first_seq bigint, last_seq bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Minutes from trades, everything longer from minutes. What comes first and last is the sequence's to say, not the
    -- clock's: a clock that was set back makes no open.
    WITH minute AS (
        SELECT
            date_bin(INTERVAL '1 minute', t.executed_at, TIMESTAMPTZ '2001-01-01 00:00:00+00') AS bucket_start,
            (array_agg(t.price::numeric ORDER BY t.seq ASC))[1] AS open, max(t.price::numeric) AS high,
            min(t.price::numeric) AS low, (array_agg(t.price::numeric ORDER BY t.seq DESC))[1] AS close,
            sum(t.quantity::numeric) AS base_volume, sum(t.quote_quantity::numeric) AS quote_volume,
            count(*) AS trade_count, min(t.seq) AS first_seq, max(t.seq) AS last_seq
        FROM trading.trades AS t
        WHERE
            t.market_id = candles_of.market_id
            AND t.seq > candles_of.after_seq AND t.seq <= candles_of.upto_seq
            AND t.executed_at BETWEEN candles_of.from_at AND candles_of.to_at
        GROUP BY date_bin(INTERVAL '1 minute', t.executed_at, TIMESTAMPTZ '2001-01-01 00:00:00+00')
    )

    SELECT
        i.span, date_bin(market.candle_length(i.span), m.bucket_start, TIMESTAMPTZ '2001-01-01 00:00:00+00'),
        (array_agg(m.open ORDER BY m.first_seq ASC))[1], max(m.high), min(m.low),
        (array_agg(m.close ORDER BY m.last_seq DESC))[1], sum(m.base_volume), sum(m.quote_volume),
        sum(m.trade_count)::integer, min(m.first_seq), max(m.last_seq)
    FROM minute AS m
    CROSS JOIN (VALUES ('1m'), ('5m'), ('15m'), ('1h'), ('4h'), ('1d'), ('1w')) AS i (span)
    GROUP BY i.span, date_bin(market.candle_length(i.span), m.bucket_start, TIMESTAMPTZ '2001-01-01 00:00:00+00');
END;

COMMENT ON FUNCTION market.candles_of(integer, bigint, bigint, timestamptz, timestamptz) IS
'What the trades of a market after one place in its sequence and up to another, from one time to another, make of '
'candles: of every interval, one row per bucket that has a trade. Busted trades are in them: a candle is what was on '
'the tape.';

GRANT EXECUTE ON FUNCTION market.candles_of(integer, bigint, bigint, timestamptz, timestamptz) TO tradebase_kernel;

COMMIT;
