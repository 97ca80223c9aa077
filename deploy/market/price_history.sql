-- Deploy tradebase:market/price_history to pg
-- requires: core/numbers
-- requires: market/markets
-- requires: ops/ensure_partitions

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE market.price_history (
    market_id    integer     NOT NULL,
    interval     text        NOT NULL,
    bucket_start timestamptz NOT NULL,
    source       text        NOT NULL,
    open         core.price  NOT NULL,
    high         core.price  NOT NULL,
    low          core.price  NOT NULL,
    close        core.price  NOT NULL,
    base_volume  core.amount,
    quote_volume core.amount,
    trade_count  integer,
    first_seq    bigint,
    last_seq     bigint,
    closed       boolean     NOT NULL DEFAULT FALSE,

    CONSTRAINT price_history_pkey PRIMARY KEY (market_id, interval, bucket_start, source),
    CONSTRAINT price_history_market_id_fkey FOREIGN KEY (market_id) REFERENCES market.markets (id),
    CONSTRAINT price_history_interval_check CHECK (interval IN ('1m', '5m', '15m', '1h', '4h', '1d', '1w')),
    -- 2001-01-01 was a Monday: weeks begin there, and every shorter bucket at midnight UTC too.
    CONSTRAINT price_history_bucket_start_check CHECK (
        bucket_start = date_bin(
            CASE interval
                WHEN '1m' THEN INTERVAL '1 minute' WHEN '5m' THEN INTERVAL '5 minutes'
                WHEN '15m' THEN INTERVAL '15 minutes' WHEN '1h' THEN INTERVAL '1 hour'
                WHEN '4h' THEN INTERVAL '4 hours' WHEN '1d' THEN INTERVAL '1 day' ELSE INTERVAL '7 days'
            END,
            bucket_start, TIMESTAMPTZ '2001-01-01 00:00:00+00'
        )
    ),
    CONSTRAINT price_history_source_check CHECK (source IN ('trades', 'external')),
    CONSTRAINT price_history_range_check CHECK (low <= open AND low <= close AND high >= open AND high >= close),
    CONSTRAINT price_history_trade_count_check CHECK (trade_count >= 0),
    CONSTRAINT price_history_last_seq_check CHECK (last_seq >= first_seq),
    -- What we traded ourselves we know exactly.
    CONSTRAINT price_history_trades_check CHECK (
        source = 'external'
        OR (
            base_volume IS NOT NULL AND quote_volume IS NOT NULL AND trade_count IS NOT NULL
            AND first_seq IS NOT NULL AND last_seq IS NOT NULL
        )
    )
) PARTITION BY RANGE (bucket_start);

COMMENT ON TABLE market.price_history IS
'A candle: open, high, low, close and volume of one market over one interval. '
'[not audited: made from trades, or loaded again]';
COMMENT ON COLUMN market.price_history.interval IS 'Length of the bucket.';
COMMENT ON COLUMN market.price_history.bucket_start IS 'First instant of the bucket, on the interval''s grid in UTC.';
COMMENT ON COLUMN market.price_history.source IS
'trades: rolled up from our own tape; external: loaded from elsewhere. A bucket may have one of each.';
COMMENT ON COLUMN market.price_history.open IS 'Prices are in the quote asset.';
COMMENT ON COLUMN market.price_history.base_volume IS
'Traded quantity, in the base asset; NULL where the source does not know.';
COMMENT ON COLUMN market.price_history.quote_volume IS
'Traded notional, in the quote asset; NULL where the source does not know.';
COMMENT ON COLUMN market.price_history.trade_count IS 'NULL where the source does not know.';
COMMENT ON COLUMN market.price_history.first_seq IS
'First and last trade inside, by the market''s sequence; NULL when external.';
COMMENT ON COLUMN market.price_history.closed IS
'The tape has gone past its end; only a trade that comes late, by a clock that was set back, still changes it. What '
'came from elsewhere is.';

-- A search by time alone, over all markets; a btree would tempt the planner away from the primary key.
CREATE INDEX price_history_bucket_start_idx
ON market.price_history USING brin (bucket_start) WITH (pages_per_range = 32, autosummarize = on);

ALTER TABLE market.price_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.price_history FORCE ROW LEVEL SECURITY;

INSERT INTO ops.partition_policies (parent, period) VALUES ('market.price_history', 'month');
-- The week that we are in began up to six days ago, perhaps in another month.
SELECT ops.ensure_partitions('market.price_history', CURRENT_DATE - 6, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
