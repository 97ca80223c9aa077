-- Deploy tradebase:portfolio/portfolio_snapshots to pg
-- requires: core/numbers
-- requires: core/refuse_change
-- requires: identity/users
-- requires: ops/ensure_partitions

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE portfolio.portfolio_snapshots (
    user_id            uuid        NOT NULL,
    kind               text        NOT NULL,
    taken_at           timestamptz NOT NULL,
    reporting_asset_id integer     NOT NULL,
    equity             core.total  NOT NULL,
    cash               core.total  NOT NULL,
    positions_value    core.total  NOT NULL,
    unrealized_pnl     core.total  NOT NULL,
    realized_pnl_cum   core.total  NOT NULL,
    fees_cum           core.total  NOT NULL,
    net_flow_cum       core.total  NOT NULL,
    holdings           jsonb       NOT NULL,

    CONSTRAINT portfolio_snapshots_pkey PRIMARY KEY (user_id, kind, taken_at),
    CONSTRAINT portfolio_snapshots_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
    CONSTRAINT portfolio_snapshots_kind_check CHECK (kind IN ('intraday', 'daily')),
    -- One a day, and everybody's of the same moment.
    CONSTRAINT portfolio_snapshots_taken_at_check CHECK (
        kind <> 'daily' OR taken_at = date_bin(INTERVAL '1 day', taken_at, TIMESTAMPTZ '2001-01-01 00:00:00+00')
    ),
    CONSTRAINT portfolio_snapshots_equity_check CHECK (
        cash >= 0 AND positions_value >= 0 AND equity = cash + positions_value
    ),
    CONSTRAINT portfolio_snapshots_holdings_check CHECK (jsonb_typeof(holdings) = 'object')
) PARTITION BY RANGE (taken_at);

COMMENT ON TABLE portfolio.portfolio_snapshots IS
'What a customer owned at a time, and what it was worth in the asset their totals are shown in. Written by '
'portfolio.snapshot_portfolio() alone. Append-only. No foreign key to assets: it would be checked for every row, and '
'none is ever deleted. [not audited: append-only, made from ledger, positions and marks]';
COMMENT ON COLUMN portfolio.portfolio_snapshots.kind IS 'daily at midnight UTC, intraday at any time.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.taken_at IS
'Every ledger entry with an earlier created_at, and none with this one or a later, is in the holdings.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.reporting_asset_id IS
'The asset that all amounts here are in units of.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.equity IS 'Available and held of every asset, at its price.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.cash IS 'The part of equity in fiat money and stablecoins.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.positions_value IS 'The rest of equity.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.unrealized_pnl IS
'What positions would have won or lost at their markets'' marks. Like the two below as positions stood when it was '
'written, at the prices of then.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.realized_pnl_cum IS
'Won or lost by all that was closed so far, before fees.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.fees_cum IS 'Fees of all fills so far.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.net_flow_cum IS
'What came in from outside less what went out since the first snapshot of this kind in this reporting asset, which has '
'0: deposits, withdrawals without their fees, transfers between users, corrections. Each is valued at the prices of the '
'snapshot that it comes into.';
COMMENT ON COLUMN portfolio.portfolio_snapshots.holdings IS
'By id of the asset: its code, the amount and price as text, price null where nobody needed it; and which entry of the '
'ledger left it so, version and moved_at.';

CREATE TRIGGER portfolio_snapshots_append_only
BEFORE UPDATE OR DELETE ON portfolio.portfolio_snapshots
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('portfolio.portfolio_snapshots');

CREATE TRIGGER portfolio_snapshots_no_truncate
BEFORE TRUNCATE ON portfolio.portfolio_snapshots
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('portfolio.portfolio_snapshots');

ALTER TABLE portfolio.portfolio_snapshots
ENABLE ALWAYS TRIGGER portfolio_snapshots_append_only,
ENABLE ALWAYS TRIGGER portfolio_snapshots_no_truncate;

-- No policy yet: until portfolio/portfolio_snapshots_access is deployed nobody sees a row, its owner included.
ALTER TABLE portfolio.portfolio_snapshots ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.portfolio_snapshots FORCE ROW LEVEL SECURITY;

INSERT INTO ops.partition_policies (parent, period) VALUES ('portfolio.portfolio_snapshots', 'month');
SELECT ops.ensure_partitions('portfolio.portfolio_snapshots', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
