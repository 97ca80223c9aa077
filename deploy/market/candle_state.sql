-- Deploy tradebase:market/candle_state to pg
-- requires: market/markets

BEGIN;

CALL ops.guard_deploy();

-- One row per market, not per interval: all seven move in one transaction.
CREATE TABLE market.candle_state (
    market_id  integer     NOT NULL,
    last_seq   bigint      NOT NULL DEFAULT 0,
    newest_at  timestamptz,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT candle_state_pkey PRIMARY KEY (market_id),
    CONSTRAINT candle_state_market_id_fkey FOREIGN KEY (market_id) REFERENCES market.markets (id),
    CONSTRAINT candle_state_last_seq_check CHECK (last_seq >= 0),
    CONSTRAINT candle_state_newest_at_check CHECK ((newest_at IS NULL) = (last_seq = 0))
)
-- One hot row per market, like market.market_state.
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON TABLE market.candle_state IS
'How far a market''s trades are rolled up into candles. Made by the first roll. [not audited: made from trades]';
COMMENT ON COLUMN market.candle_state.last_seq IS
'Watermark: the trades up to here are in the candles of every interval, each exactly once.';
COMMENT ON COLUMN market.candle_state.newest_at IS
'Latest time of a trade up to the watermark: candles that end by then are closed. NULL before the first.';

-- No policy yet: until market/candle_state_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.candle_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.candle_state FORCE ROW LEVEL SECURITY;

COMMIT;
