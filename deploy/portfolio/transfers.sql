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
    amount               core.delta      NOT NULL,
    fee                  core.amount     NOT NULL DEFAULT 0,
    idempotency_key      core.client_key NOT NULL,
    destination          text,
    external_ref         text,
    reason               text,
    made_by              jsonb,
    created_at           timestamptz     NOT NULL,
    sent_at              timestamptz,
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
    CONSTRAINT transfers_amount_check CHECK (amount > 0 OR (kind = 'adjustment' AND amount < 0)),
    CONSTRAINT transfers_fee_check CHECK (fee = 0 OR kind = 'withdrawal'),
    CONSTRAINT transfers_counterparty_user_id_check CHECK (
        (kind = 'internal') = (counterparty_user_id IS NOT NULL) AND counterparty_user_id <> user_id
    ),
    CONSTRAINT transfers_completed_at_check CHECK (
        (status = 'completed') = (completed_at IS NOT NULL) AND completed_at >= created_at
    ),
    CONSTRAINT transfers_external_ref_check CHECK (external_ref ~ '^[!-~]{1,200}$'),
    CONSTRAINT transfers_destination_check CHECK (
        destination IS NULL OR (kind = 'withdrawal' AND destination ~ '^[!-~]{1,200}$')
    ),
    -- From the moment it was sent, only proof ends a withdrawal: that it arrived, or that it never will.
    CONSTRAINT transfers_sent_at_check CHECK (
        CASE
            WHEN kind <> 'withdrawal' THEN sent_at IS NULL AND status <> 'failed'
            WHEN status = 'canceled' THEN sent_at IS NULL
            WHEN status = 'failed' THEN sent_at IS NOT NULL
            WHEN status = 'completed' THEN sent_at IS NOT NULL AND external_ref IS NOT NULL
            ELSE TRUE
        END
        AND sent_at >= created_at
    ),
    CONSTRAINT transfers_reason_check CHECK (
        (reason IS NOT NULL) = (kind = 'adjustment' OR status = 'failed')
        AND reason ~ '\S' AND length(reason) <= 1000
    ),
    CONSTRAINT transfers_made_by_check CHECK (
        (made_by IS NOT NULL) = (kind = 'adjustment') AND pg_column_size(made_by) <= 1000
    )
);

COMMENT ON TABLE portfolio.transfers IS
'Money that came in, went out, passed between two users, or was corrected by an operator: one row per request.';
COMMENT ON COLUMN portfolio.transfers.id IS
'UUID version 7; the ledger''s ref_id of all that it moved, and the journal_id of what moved first.';
COMMENT ON COLUMN portfolio.transfers.counterparty_user_id IS
'Receiver of an internal transfer; NULL for every other kind.';
COMMENT ON COLUMN portfolio.transfers.status IS
'Completed at once, but for a withdrawal: pending while amount and fee are held, canceled when it was never sent, '
'failed when it was and is proven not to have arrived.';
COMMENT ON COLUMN portfolio.transfers.amount IS
'In units of the asset, before the fee; negative for a correction that takes.';
COMMENT ON COLUMN portfolio.transfers.fee IS
'On top of the amount, in units of the asset: what the asset asked for when the withdrawal was requested.';
COMMENT ON COLUMN portfolio.transfers.idempotency_key IS
'The sender''s key: the same request again finds this row. [kept: made by a program]';
COMMENT ON COLUMN portfolio.transfers.destination IS
'Where a withdrawal goes: an address on a chain, or the service''s own token for a bank account. Printable ASCII, 1 to '
'200; NULL when the service knows. [personal]';
COMMENT ON COLUMN portfolio.transfers.external_ref IS
'What the bank or chain calls it, one deposit and one withdrawal each: printable ASCII, 1 to 200. NULL when it has no '
'name there; of a withdrawal it is the proof that it went out. [kept: credits a deposit once, proves a withdrawal]';
COMMENT ON COLUMN portfolio.transfers.reason IS
'Why an operator corrected; what proves that a failed withdrawal never arrives. NULL for everything else. '
'[personal]';
COMMENT ON COLUMN portfolio.transfers.made_by IS 'Who corrected: see core.made_by(). NULL for everything else.';
COMMENT ON COLUMN portfolio.transfers.sent_at IS
'When the service took a withdrawal to send it: from then on it may be out. NULL while it surely is not.';

CREATE UNIQUE INDEX transfers_deposit_external_ref_idx ON portfolio.transfers (asset_id, external_ref)
WHERE kind = 'deposit';
CREATE UNIQUE INDEX transfers_withdrawal_external_ref_idx ON portfolio.transfers (asset_id, external_ref)
WHERE kind = 'withdrawal';
CREATE INDEX transfers_user_id_id_idx ON portfolio.transfers (user_id, id DESC);
CREATE INDEX transfers_counterparty_user_id_idx ON portfolio.transfers (counterparty_user_id)
WHERE counterparty_user_id IS NOT NULL;
CREATE INDEX transfers_asset_id_idx ON portfolio.transfers (asset_id);

-- No policy yet: until portfolio/transfers_access is deployed nobody sees a row, its owner included.
ALTER TABLE portfolio.transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.transfers FORCE ROW LEVEL SECURITY;

COMMIT;
