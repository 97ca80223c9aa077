-- Deploy tradebase:trading/fills to pg
-- requires: core/numbers
-- requires: core/refuse_change
-- requires: core/uuid7_time
-- requires: ops/ensure_partitions
-- requires: trading/order_terms

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE trading.fills (
    id             uuid               NOT NULL,
    executed_at    timestamptz        NOT NULL,
    trade_id       uuid               NOT NULL,
    trade_seq      bigint             NOT NULL,
    order_id       uuid               NOT NULL,
    user_id        uuid               NOT NULL,
    market_id      integer            NOT NULL,
    side           trading.order_side NOT NULL,
    liquidity      trading.liquidity  NOT NULL,
    price          core.price         NOT NULL,
    quantity       core.quantity      NOT NULL,
    quote_quantity core.amount        NOT NULL,
    fee            core.delta         NOT NULL,
    fee_asset_id   integer            NOT NULL,
    fee_rate       core.fee_rate      NOT NULL,
    realized_pnl   core.delta         NOT NULL,

    CONSTRAINT fills_pkey PRIMARY KEY (id, executed_at),
    CONSTRAINT fills_executed_at_check CHECK (executed_at = core.uuid7_time(id)),
    CONSTRAINT fills_quote_quantity_check CHECK (quote_quantity = price * quantity)
) PARTITION BY RANGE (executed_at);

COMMENT ON TABLE trading.fills IS
'One order''s side of a trade, and its user''s own affair: exactly two per trade. Append-only. No foreign keys: '
'ops.verify_integrity() looks for orphans instead. [not audited: append-only, it is the record]';
COMMENT ON COLUMN trading.fills.trade_seq IS 'The trade''s seq: the order in which fills make a position.';
COMMENT ON COLUMN trading.fills.liquidity IS 'maker rested in the book, taker came in.';
COMMENT ON COLUMN trading.fills.fee IS
'Notional times fee_rate, truncated to the quote asset''s scale; negative is a rebate.';
COMMENT ON COLUMN trading.fills.realized_pnl IS
'What the fill won or lost on the position it closed, before fees, in the quote asset; as it was then, whatever was '
'busted since.';

CREATE INDEX fills_user_id_executed_at_id_idx ON trading.fills (user_id, executed_at DESC, id DESC);
CREATE INDEX fills_order_id_idx ON trading.fills (order_id);
-- In steps so short that PostgreSQL 18 does not skip from user to user through the first index instead: fifty times the
-- pages.
CREATE INDEX fills_executed_at_idx
ON trading.fills USING brin (executed_at) WITH (pages_per_range = 16, autosummarize = on);

CREATE TRIGGER fills_append_only
BEFORE UPDATE OR DELETE ON trading.fills
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('trading.fills');

CREATE TRIGGER fills_no_truncate
BEFORE TRUNCATE ON trading.fills
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('trading.fills');

ALTER TABLE trading.fills
ENABLE ALWAYS TRIGGER fills_append_only,
ENABLE ALWAYS TRIGGER fills_no_truncate;

ALTER TABLE trading.fills ENABLE ROW LEVEL SECURITY;
ALTER TABLE trading.fills FORCE ROW LEVEL SECURITY;

INSERT INTO ops.partition_policies (parent, period) VALUES ('trading.fills', 'month');
SELECT ops.ensure_partitions('trading.fills', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
