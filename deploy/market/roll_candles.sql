-- Deploy tradebase:market/roll_candles to pg
-- requires: market/candle_length
-- requires: market/candle_state_access
-- requires: market/candles_of
-- requires: market/market_state_access
-- requires: market/markets_access
-- requires: market/price_history_access
-- requires: ops/partition_bounds
-- requires: trading/trades_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.roll_candles(
    market text DEFAULT NULL, upto_seq bigint DEFAULT NULL, max_trades integer DEFAULT 10000
)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    spans    CONSTANT text[] := ARRAY['1m', '5m', '15m', '1h', '4h', '1d', '1w'];
    pair_id  integer;
    behind   record;
    state    market.candle_state%ROWTYPE;
    batch    record;
    newest   timestamptz;
    entered  timestamptz[];
    leafless timestamptz;
    rolled   integer := 0;
BEGIN
    -- Validate.
    IF (max_trades BETWEEN 1 AND 100000) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid max_trades'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'max_trades', 'expected', '1 to 100000');
    END IF;
    IF market IS NULL AND upto_seq IS NOT NULL THEN
        RAISE EXCEPTION 'invalid upto_seq' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', 'upto_seq', 'expected', 'NULL without a market: each counts its own trades'
        );
    END IF;

    -- Every market that is behind, in one order, so that two callers wait for each other but never both; each its
    -- share, so that a busy one starves no other; and none is stopped by the trouble of another.
    IF market IS NULL THEN
        FOR behind IN
            SELECT m.symbol, greatest(1, roll_candles.max_trades / count(*) OVER ())::integer AS share
            FROM market.market_state AS s
            JOIN market.markets AS m ON m.id = s.market_id
            LEFT JOIN market.candle_state AS c ON c.market_id = s.market_id
            WHERE s.last_trade_seq > coalesce(c.last_seq, 0)
            ORDER BY s.market_id
        LOOP
            EXIT WHEN rolled >= max_trades;
            BEGIN
                rolled := rolled + market.roll_candles(behind.symbol, NULL, behind.share);
            EXCEPTION WHEN OTHERS THEN -- one market's trouble must not leave the others behind
                RAISE WARNING 'no candles for %: %', behind.symbol, sqlerrm;
            END;
        END LOOP;
        RETURN rolled;
    END IF;

    SELECT m.id INTO pair_id FROM market.markets AS m WHERE m.symbol = roll_candles.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;

    -- Lock: the watermark's row, and nothing that a settlement waits for. Whoever comes second reads what the first
    -- has written.
    INSERT INTO market.candle_state (market_id) VALUES (pair_id) ON CONFLICT ON CONSTRAINT candle_state_pkey DO NOTHING;
    SELECT * INTO state FROM market.candle_state AS s WHERE s.market_id = pair_id FOR NO KEY UPDATE;

    SELECT
        count(*)::integer AS trades, max(t.seq) AS last_seq, min(t.executed_at) AS oldest_at,
        max(t.executed_at) AS newest_at
    INTO batch
    FROM (
        SELECT x.seq, x.executed_at
        FROM trading.trades AS x
        WHERE
            x.market_id = pair_id AND x.seq > state.last_seq
            AND x.seq <= coalesce(upto_seq, 9223372036854775807)
        ORDER BY x.seq
        LIMIT max_trades
    ) AS t;
    IF batch.trades = 0 THEN
        RETURN 0;
    END IF;
    newest := greatest(state.newest_at, batch.newest_at);
    -- The buckets that the tape was in when we were here last. Bounds and times are variables, so that a plan reads the
    -- leaves of that time alone.
    entered := ARRAY(
        SELECT date_bin(market.candle_length(i.span), state.newest_at, TIMESTAMPTZ '2001-01-01 00:00:00+00')
        FROM unnest(spans) AS i (span)
    );

    -- Write. All of these trades come after all that is in a candle already, by their sequence, whichever minute they
    -- belong to: a late one too is the close of its bucket.
    BEGIN
        INSERT INTO market.price_history AS h (
            market_id, interval, bucket_start, source, open, high, low, close, base_volume, quote_volume, trade_count,
            first_seq, last_seq, closed
        )
        SELECT
            pair_id, c.span, c.bucket_start, 'trades', c.open, c.high, c.low, c.close, c.base_volume, c.quote_volume,
            c.trade_count, c.first_seq, c.last_seq, c.bucket_start + market.candle_length(c.span) <= newest
        FROM market.candles_of(pair_id, state.last_seq, batch.last_seq, batch.oldest_at, batch.newest_at) AS c
        ON CONFLICT ON CONSTRAINT price_history_pkey DO UPDATE SET
            high = greatest(h.high, excluded.high), low = least(h.low, excluded.low), close = excluded.close,
            base_volume = h.base_volume + excluded.base_volume, quote_volume = h.quote_volume + excluded.quote_volume,
            trade_count = h.trade_count + excluded.trade_count, last_seq = excluded.last_seq,
            closed = excluded.closed;
    EXCEPTION WHEN check_violation THEN
        SELECT min(c.bucket_start) INTO leafless
        FROM market.candles_of(pair_id, state.last_seq, batch.last_seq, batch.oldest_at, batch.newest_at) AS c
        WHERE NOT EXISTS (
            SELECT FROM ops.partition_bounds('market.price_history') AS b
            WHERE c.bucket_start >= b.from_at AND c.bucket_start < b.to_at
        );
        IF leafless IS NULL THEN
            RAISE;
        END IF;
        RAISE EXCEPTION 'market.price_history has no leaf for %', (leafless AT TIME ZONE 'UTC')::date
            USING ERRCODE = 'TR903',
            DETAIL = jsonb_build_object('market', market, 'bucket_start', leafless),
            HINT = format(
                'SELECT ops.ensure_partitions(''market.price_history'', %1$L, %1$L);',
                (leafless AT TIME ZONE 'UTC')::date
            );
    END;

    -- Those of them that the tape has left.
    UPDATE market.price_history AS h
    SET closed = TRUE
    WHERE
        h.market_id = pair_id AND h.interval = ANY (spans) AND h.source = 'trades' AND NOT h.closed
        AND h.bucket_start = ANY (entered)
        AND h.bucket_start + market.candle_length(h.interval) <= newest;

    UPDATE market.candle_state AS s
    SET last_seq = batch.last_seq, newest_at = newest, updated_at = clock_timestamp()
    WHERE s.market_id = pair_id;
    RETURN batch.trades;
END
$$;

COMMENT ON FUNCTION market.roll_candles(text, bigint, integer) IS
'Rolls trades behind the watermark into the candles of every interval, of one market (up to a trade, where told) or of '
'all that are behind, at most max_trades a call; returns how many. Exactly once: candles and watermark move together. '
'A worker calls it, each time in a transaction of its own, until it answers 0. A trade that comes late changes the '
'candles of its own time; a bust changes none. Called for all markets, one that fails is a WARNING and stays behind. '
'TR001 unknown market, TR010 invalid argument, TR903 a leaf of market.price_history is missing, and how to make it.';

GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.roll_candles(text, bigint, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION market.roll_candles(text, bigint, integer) TO tradebase_worker;

COMMIT;
