-- Deploy tradebase:trading/trades to pg
-- requires: core/numbers
-- requires: core/refuse_change
-- requires: core/uuid7_time
-- requires: ops/ensure_partitions
-- requires: trading/order_terms

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE trading.trades (
    id             uuid               NOT NULL,
    executed_at    timestamptz        NOT NULL,
    market_id      integer            NOT NULL,
    seq            bigint             NOT NULL,
    price          core.price         NOT NULL,
    quantity       core.quantity      NOT NULL,
    quote_quantity core.amount        NOT NULL,
    taker_side     trading.order_side NOT NULL,
    maker_order_id uuid               NOT NULL,
    taker_order_id uuid               NOT NULL,
    engine_seq     bigint,
    engine_at      timestamptz,

    CONSTRAINT trades_pkey PRIMARY KEY (id, executed_at),
    CONSTRAINT trades_executed_at_check CHECK (executed_at = core.uuid7_time(id)),
    CONSTRAINT trades_seq_check CHECK (seq > 0),
    CONSTRAINT trades_quote_quantity_check CHECK (quote_quantity = price * quantity),
    CONSTRAINT trades_taker_order_id_check CHECK (taker_order_id <> maker_order_id)
) PARTITION BY RANGE (executed_at);

COMMENT ON TABLE trading.trades IS
'One match between two orders: a row of the public tape. Who traded is in trading.fills. Append-only. No foreign keys: '
'ops.verify_integrity() looks for orphans instead. [not audited: append-only, it is the record]';
COMMENT ON COLUMN trading.trades.executed_at IS 'When it was settled here: the time in its id.';
COMMENT ON COLUMN trading.trades.seq IS 'Counts the trades of the market from 1 without a gap.';
COMMENT ON COLUMN trading.trades.price IS 'In the quote asset per unit of the base asset.';
COMMENT ON COLUMN trading.trades.quote_quantity IS 'Price times quantity, exact, in the quote asset.';
COMMENT ON COLUMN trading.trades.taker_side IS 'Side of the order that came in; the other one rested.';
COMMENT ON COLUMN trading.trades.engine_seq IS 'Place in the external engine''s sequence; NULL when matched here.';
COMMENT ON COLUMN trading.trades.engine_at IS 'When the engine says it matched them; NULL when it does not say.';

CREATE INDEX trades_market_id_seq_idx ON trading.trades (market_id, seq DESC);
CREATE INDEX trades_executed_at_idx
ON trading.trades USING brin (executed_at) WITH (pages_per_range = 32, autosummarize = on);

CREATE TRIGGER trades_append_only
BEFORE UPDATE OR DELETE ON trading.trades
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('trading.trades');

CREATE TRIGGER trades_no_truncate
BEFORE TRUNCATE ON trading.trades
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('trading.trades');

ALTER TABLE trading.trades
ENABLE ALWAYS TRIGGER trades_append_only,
ENABLE ALWAYS TRIGGER trades_no_truncate;

ALTER TABLE trading.trades ENABLE ROW LEVEL SECURITY;
ALTER TABLE trading.trades FORCE ROW LEVEL SECURITY;

INSERT INTO ops.partition_policies (parent, period) VALUES ('trading.trades', 'month');
SELECT ops.ensure_partitions('trading.trades', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
