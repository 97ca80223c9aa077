-- Deploy tradebase:market/rebuild_candles to pg
-- requires: market/candle_length
-- requires: market/candle_state_access
-- requires: market/candles_of
-- requires: market/markets_access
-- requires: market/price_history_access

BEGIN;

CALL ops.guard_deploy();

-- No definer: the kernel deletes no candle. It is the owner's, like loading.
CREATE FUNCTION market.rebuild_candles(market text, from_at timestamptz, to_at timestamptz)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    week    CONSTANT interval := market.candle_length('1w');
    origin  CONSTANT timestamptz := TIMESTAMPTZ '2001-01-01 00:00:00+00';
    pair_id integer;
    state   market.candle_state%ROWTYPE;
    first   timestamptz;
    last    timestamptz;
    rebuilt integer;
BEGIN
    IF (isfinite(from_at) AND isfinite(to_at) AND from_at < to_at) IS NOT TRUE THEN
        RAISE EXCEPTION 'from_at and to_at are two times, in this order'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', CASE WHEN isfinite(from_at) IS TRUE THEN 'to_at' ELSE 'from_at' END
            );
    END IF;
    SELECT m.id INTO pair_id FROM market.markets AS m WHERE m.symbol = rebuild_candles.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;

    -- Nobody rolls meanwhile.
    SELECT * INTO state FROM market.candle_state AS s WHERE s.market_id = pair_id FOR NO KEY UPDATE;
    IF NOT found THEN
        RETURN 0;
    END IF;

    -- Whole weeks: every other interval has its end where a week has.
    first := date_bin(week, from_at, origin);
    last := date_bin(week, to_at - INTERVAL '1 microsecond', origin) + week;
    PERFORM
    FROM market.price_history AS h
    WHERE
        h.market_id = pair_id AND h.source = 'trades' AND h.bucket_start >= first AND h.bucket_start < last
        AND h.first_seq < (
            SELECT coalesce(min(t.seq), state.last_seq + 1) FROM trading.trades AS t WHERE t.market_id = pair_id
        );
    IF found THEN
        RAISE EXCEPTION 'the trades of that time are gone: these candles are all that is left of them'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'from_at', 'expected', 'a week whose trades are all there'
            );
    END IF;

    DELETE FROM market.price_history AS h
    WHERE h.market_id = pair_id AND h.source = 'trades' AND h.bucket_start >= first AND h.bucket_start < last;
    INSERT INTO market.price_history (
        market_id, interval, bucket_start, source, open, high, low, close, base_volume, quote_volume, trade_count,
        first_seq, last_seq, closed
    )
    SELECT
        pair_id, c.span, c.bucket_start, 'trades', c.open, c.high, c.low, c.close, c.base_volume, c.quote_volume,
        c.trade_count, c.first_seq, c.last_seq, c.bucket_start + market.candle_length(c.span) <= state.newest_at
    FROM market.candles_of(pair_id, 0, state.last_seq, first, last - INTERVAL '1 microsecond') AS c;
    GET DIAGNOSTICS rebuilt = ROW_COUNT;
    RETURN rebuilt;
END
$$;

COMMENT ON FUNCTION market.rebuild_candles(text, timestamptz, timestamptz) IS
'Makes a market''s candles of the weeks that hold from_at to to_at again, from their trades up to the watermark, all '
'intervals; returns how many. The same as market.roll_candles() made, whatever somebody did to them since. Bars from '
'elsewhere stay. TR001 unknown market, TR010 two times that are none, or whose trades are gone.';

COMMIT;
