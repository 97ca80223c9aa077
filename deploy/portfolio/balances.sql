-- Deploy tradebase:portfolio/balances to pg
-- requires: core/numbers
-- requires: identity/users
-- requires: market/assets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE portfolio.balances (
    user_id    uuid        NOT NULL,
    asset_id   integer     NOT NULL,
    available  core.amount NOT NULL DEFAULT 0,
    held       core.amount NOT NULL DEFAULT 0,
    version    bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT balances_pkey PRIMARY KEY (user_id, asset_id),
    CONSTRAINT balances_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
    CONSTRAINT balances_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES market.assets (id),
    CONSTRAINT balances_version_check CHECK (version >= 0)
)
-- Updated all day: room on the page keeps every update off the indexes.
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

COMMENT ON TABLE portfolio.balances IS
'What a customer owns of one asset: the sum of their ledger entries, written with each of them. System accounts have '
'none: one row for all fees would be the queue of the whole platform. [not audited: the ledger is its record]';
COMMENT ON COLUMN portfolio.balances.available IS
'Free to spend, in units of the asset. The domain refuses a negative one.';
COMMENT ON COLUMN portfolio.balances.held IS 'Reserved for open orders and pending withdrawals.';
COMMENT ON COLUMN portfolio.balances.version IS 'Number of ledger entries so far; the newest one carries the same.';

CREATE INDEX balances_asset_id_idx ON portfolio.balances (asset_id);

-- No policy yet: until portfolio/balances_access is deployed nobody sees a row, its owner included.
ALTER TABLE portfolio.balances ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.balances FORCE ROW LEVEL SECURITY;

COMMIT;
