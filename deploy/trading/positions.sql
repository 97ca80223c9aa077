-- Deploy tradebase:trading/positions to pg
-- requires: core/numbers
-- requires: identity/users
-- requires: market/markets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE trading.positions (
    user_id      uuid        NOT NULL,
    market_id    integer     NOT NULL,
    quantity     core.delta  NOT NULL DEFAULT 0,
    entry_cost   core.delta  NOT NULL DEFAULT 0,
    realized_pnl core.delta  NOT NULL DEFAULT 0,
    fees         core.delta  NOT NULL DEFAULT 0,
    opened_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    version      bigint      NOT NULL DEFAULT 0,

    CONSTRAINT positions_pkey PRIMARY KEY (user_id, market_id),
    CONSTRAINT positions_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
    CONSTRAINT positions_market_id_fkey FOREIGN KEY (market_id) REFERENCES market.markets (id),
    CONSTRAINT positions_entry_cost_check CHECK (sign(entry_cost) IN (0, sign(quantity)))
)
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

COMMENT ON TABLE trading.positions IS
'What a user''s fills in one market, but for busted trades, add up to, at weighted average cost. Exact, whatever was rounded on the way: '
'entry_cost - realized_pnl is the sum of what they paid less what they received. A view on trading, not on what is '
'owned: that is portfolio.balances. [not audited: the fills are its record]';
COMMENT ON COLUMN trading.positions.quantity IS 'Bought less sold, in the base asset; negative is short.';
COMMENT ON COLUMN trading.positions.entry_cost IS
'Paid for the quantity now open, in the quote asset; negative when short. Divided by quantity: average entry price.';
COMMENT ON COLUMN trading.positions.realized_pnl IS 'Won or lost by what was closed, before fees, in the quote asset.';
COMMENT ON COLUMN trading.positions.fees IS 'Fees of all these fills, in the quote asset.';
COMMENT ON COLUMN trading.positions.version IS 'Number of fills and busts so far.';

CREATE INDEX positions_market_id_idx ON trading.positions (market_id);

-- No policy yet: until trading/positions_access is deployed nobody sees a row, its owner included.
ALTER TABLE trading.positions ENABLE ROW LEVEL SECURITY;
ALTER TABLE trading.positions FORCE ROW LEVEL SECURITY;

COMMIT;
