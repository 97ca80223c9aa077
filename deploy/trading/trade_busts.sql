-- Deploy tradebase:trading/trade_busts to pg
-- requires: core/refuse_change
-- requires: market/markets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE trading.trade_busts (
    trade_id   uuid        NOT NULL,
    market_id  integer     NOT NULL,
    trade_seq  bigint      NOT NULL,
    journal_id uuid        NOT NULL,
    reason     text        NOT NULL,
    made_by    jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT trade_busts_pkey PRIMARY KEY (trade_id),
    CONSTRAINT trade_busts_market_id_trade_seq_key UNIQUE (market_id, trade_seq),
    CONSTRAINT trade_busts_market_id_fkey FOREIGN KEY (market_id) REFERENCES market.markets (id),
    CONSTRAINT trade_busts_reason_check CHECK (reason ~ '\S' AND length(reason) <= 1000),
    CONSTRAINT trade_busts_made_by_check CHECK (pg_column_size(made_by) <= 1000)
);

COMMENT ON TABLE trading.trade_busts IS
'A trade that an operator took back. Trade, fills and orders stay as they were: the journal moves the money back, and '
'positions are what the other fills make. Append-only: a bust is not taken back. '
'[not audited: append-only, it is the record]';
COMMENT ON COLUMN trading.trade_busts.journal_id IS
'The ledger''s: the same amounts the other way, for both sides and the fee account.';
COMMENT ON COLUMN trading.trade_busts.reason IS
'Why, in the operator''s words. [kept: about a trade, for those who audit]';
COMMENT ON COLUMN trading.trade_busts.made_by IS 'Who: see core.made_by().';

CREATE TRIGGER trade_busts_append_only
BEFORE UPDATE OR DELETE ON trading.trade_busts
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('trading.trade_busts');

CREATE TRIGGER trade_busts_no_truncate
BEFORE TRUNCATE ON trading.trade_busts
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('trading.trade_busts');

ALTER TABLE trading.trade_busts
ENABLE ALWAYS TRIGGER trade_busts_append_only,
ENABLE ALWAYS TRIGGER trade_busts_no_truncate;

-- No policy yet: until trading/trade_busts_access is deployed nobody sees a row, its owner included.
ALTER TABLE trading.trade_busts ENABLE ROW LEVEL SECURITY;
ALTER TABLE trading.trade_busts FORCE ROW LEVEL SECURITY;

COMMIT;
