-- Deploy tradebase:market/market_state to pg
-- requires: core/numbers
-- requires: market/markets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE market.market_state (
    market_id       integer     NOT NULL,
    last_engine_seq bigint      NOT NULL DEFAULT 0,
    last_trade_seq  bigint      NOT NULL DEFAULT 0,
    last_price      core.price,
    last_trade_at   timestamptz,
    mark_price      core.price,
    mark_at         timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT market_state_pkey PRIMARY KEY (market_id),
    CONSTRAINT market_state_market_id_fkey FOREIGN KEY (market_id) REFERENCES market.markets (id),
    CONSTRAINT market_state_last_engine_seq_check CHECK (last_engine_seq >= last_trade_seq),
    CONSTRAINT market_state_last_trade_seq_check CHECK (last_trade_seq >= 0),
    CONSTRAINT market_state_last_price_check CHECK (last_price IS NULL OR last_trade_seq > 0),
    CONSTRAINT market_state_last_trade_at_check CHECK ((last_trade_at IS NULL) = (last_price IS NULL)),
    CONSTRAINT market_state_mark_at_check CHECK ((mark_price IS NULL) = (mark_at IS NULL))
)
-- One hot row per market: half of each page is room for its next version.
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON TABLE market.market_state IS
'Where a market stands: how far its engine''s sequence is settled, its last price and its mark. Made by the first '
'settlement, or the first mark. [not audited: made from trades and orders, and of prices only the newest]';
COMMENT ON COLUMN market.market_state.last_engine_seq IS
'Watermark: everything the engine said up to here, trades and closes, is settled, exactly once.';
COMMENT ON COLUMN market.market_state.last_trade_seq IS 'Number of trades so far; the newest one carries the same.';
COMMENT ON COLUMN market.market_state.last_price IS
'Price of the newest trade that was not busted, in the quote asset; NULL where there is none.';
COMMENT ON COLUMN market.market_state.mark_price IS
'Price that positions and holdings are valued at, in the quote asset; NULL until somebody sets one. Never the last '
'price: that is whatever two people agreed on, for however little.';
COMMENT ON COLUMN market.market_state.mark_at IS 'When the mark was true; it only goes forward.';

-- No policy yet: until market/market_state_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.market_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.market_state FORCE ROW LEVEL SECURITY;

COMMIT;
