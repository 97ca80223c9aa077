-- Deploy tradebase:portfolio/transfers to pg
-- requires: core/client_key
-- requires: core/numbers
-- requires: core/uuid7
-- requires: core/uuid7_time
-- requires: identity/users
-- requires: market/assets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE portfolio.transfers (
    id                   uuid            NOT NULL DEFAULT core.uuid7(),
    user_id              uuid            NOT NULL,
    counterparty_user_id uuid,
    asset_id             integer         NOT NULL,
    kind                 text            NOT NULL,
    status               text            NOT NULL,
    amount               core.amount     NOT NULL,
    fee                  core.amount     NOT NULL DEFAULT 0,
    idempotency_key      core.client_key NOT NULL,
    external_ref         text,
    created_at           timestamptz     NOT NULL,
    completed_at         timestamptz,

    CONSTRAINT transfers_pkey PRIMARY KEY (id),
    -- Per user: a key of somebody else is never in the way, and tells nothing.
    CONSTRAINT transfers_user_id_idempotency_key_key UNIQUE (user_id, idempotency_key),
    CONSTRAINT transfers_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
    CONSTRAINT transfers_counterparty_user_id_fkey FOREIGN KEY (counterparty_user_id) REFERENCES identity.users (id),
    CONSTRAINT transfers_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES market.assets (id),
    CONSTRAINT transfers_created_at_check CHECK (created_at = core.uuid7_time(id)),
    CONSTRAINT transfers_kind_check CHECK (kind IN ('deposit', 'withdrawal', 'internal', 'adjustment')),
    CONSTRAINT transfers_status_check CHECK (status IN ('pending', 'completed', 'canceled', 'failed')),
    CONSTRAINT transfers_amount_check CHECK (amount > 0),
    CONSTRAINT transfers_counterparty_user_id_check CHECK (
        (kind = 'internal') = (counterparty_user_id IS NOT NULL) AND counterparty_user_id <> user_id
    ),
    CONSTRAINT transfers_completed_at_check CHECK (
        (status = 'completed') = (completed_at IS NOT NULL) AND completed_at >= created_at
    ),
    CONSTRAINT transfers_external_ref_check CHECK (external_ref ~ '^[!-~]{1,200}$')
);

COMMENT ON TABLE portfolio.transfers IS
'Money that came in, went out, or passed between two users: one row per request.';
COMMENT ON COLUMN portfolio.transfers.id IS 'UUID version 7; the ledger''s journal_id and ref_id of what it moved.';
COMMENT ON COLUMN portfolio.transfers.counterparty_user_id IS
'Receiver of an internal transfer; NULL for every other kind.';
COMMENT ON COLUMN portfolio.transfers.status IS
'A deposit is completed at once; a withdrawal is pending while its amount is held.';
COMMENT ON COLUMN portfolio.transfers.amount IS 'In units of the asset, before the fee.';
COMMENT ON COLUMN portfolio.transfers.fee IS 'In units of the asset.';
COMMENT ON COLUMN portfolio.transfers.idempotency_key IS 'The sender''s key: the same request again finds this row.';
COMMENT ON COLUMN portfolio.transfers.external_ref IS
'What the bank or chain calls it, one deposit each: printable ASCII, 1 to 200. NULL when it has no name there.';

CREATE UNIQUE INDEX transfers_deposit_external_ref_idx ON portfolio.transfers (asset_id, external_ref)
WHERE kind = 'deposit';
CREATE INDEX transfers_user_id_id_idx ON portfolio.transfers (user_id, id DESC);
CREATE INDEX transfers_counterparty_user_id_idx ON portfolio.transfers (counterparty_user_id)
WHERE counterparty_user_id IS NOT NULL;
CREATE INDEX transfers_asset_id_idx ON portfolio.transfers (asset_id);

-- No policy yet: until portfolio/transfers_access is deployed nobody sees a row, its owner included.
ALTER TABLE portfolio.transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.transfers FORCE ROW LEVEL SECURITY;

COMMIT;
