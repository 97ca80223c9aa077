-- Deploy tradebase:portfolio/transfers to pg
-- requires: audit/trigger_body
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
CREATE INDEX transfers_counterparty_user_id_id_idx ON portfolio.transfers (counterparty_user_id, id DESC)
WHERE counterparty_user_id IS NOT NULL;
CREATE INDEX transfers_asset_id_idx ON portfolio.transfers (asset_id);

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION portfolio.transfers_audit()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
    said CONSTANT audit.context := audit.context();
BEGIN
    IF tg_op = 'UPDATE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before,
            after
        )
        SELECT
            said.*, 'portfolio.transfers', c.operation, c.row_key,
            CASE WHEN c.operation <> 'INSERT' THEN ('{' || c.before || '}')::jsonb END,
            CASE WHEN c.operation <> 'DELETE' THEN ('{' || c.after || '}')::jsonb END
        FROM (
            SELECT
                CASE
                    WHEN n.id IS NULL THEN 'DELETE'
                    WHEN o.id IS NULL THEN 'INSERT'
                    ELSE 'UPDATE'
                END AS operation,
                coalesce(o.id, n.id)::text AS row_key,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, '"' || o.id || '"'),
                    audit.changed('user_id', o.user_id IS DISTINCT FROM n.user_id, '"' || o.user_id || '"'),
                    audit.changed(
                        'counterparty_user_id', o.counterparty_user_id IS DISTINCT FROM n.counterparty_user_id,
                        '"' || o.counterparty_user_id || '"'
                    ),
                    audit.changed('asset_id', o.asset_id IS DISTINCT FROM n.asset_id, o.asset_id::text),
                    audit.changed('kind', o.kind IS DISTINCT FROM n.kind, to_json(o.kind)::text),
                    audit.changed('status', o.status IS DISTINCT FROM n.status, to_json(o.status)::text),
                    audit.changed('amount', o.amount IS DISTINCT FROM n.amount, '"' || o.amount || '"'),
                    audit.changed('fee', o.fee IS DISTINCT FROM n.fee, '"' || o.fee || '"'),
                    audit.changed(
                        'idempotency_key', o.idempotency_key IS DISTINCT FROM n.idempotency_key,
                        to_json(o.idempotency_key)::text
                    ),
                    audit.changed(
                        'destination', o.destination IS DISTINCT FROM n.destination,
                        CASE WHEN o.destination IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'external_ref', o.external_ref IS DISTINCT FROM n.external_ref,
                        to_json(o.external_ref)::text
                    ),
                    audit.changed(
                        'reason', o.reason IS DISTINCT FROM n.reason,
                        CASE WHEN o.reason IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed('made_by', o.made_by IS DISTINCT FROM n.made_by, o.made_by::text),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(o.created_at)::text
                    ),
                    audit.changed('sent_at', o.sent_at IS DISTINCT FROM n.sent_at, to_json(o.sent_at)::text),
                    audit.changed(
                        'completed_at', o.completed_at IS DISTINCT FROM n.completed_at,
                        to_json(o.completed_at)::text
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, '"' || n.id || '"'),
                    audit.changed('user_id', o.user_id IS DISTINCT FROM n.user_id, '"' || n.user_id || '"'),
                    audit.changed(
                        'counterparty_user_id', o.counterparty_user_id IS DISTINCT FROM n.counterparty_user_id,
                        '"' || n.counterparty_user_id || '"'
                    ),
                    audit.changed('asset_id', o.asset_id IS DISTINCT FROM n.asset_id, n.asset_id::text),
                    audit.changed('kind', o.kind IS DISTINCT FROM n.kind, to_json(n.kind)::text),
                    audit.changed('status', o.status IS DISTINCT FROM n.status, to_json(n.status)::text),
                    audit.changed('amount', o.amount IS DISTINCT FROM n.amount, '"' || n.amount || '"'),
                    audit.changed('fee', o.fee IS DISTINCT FROM n.fee, '"' || n.fee || '"'),
                    audit.changed(
                        'idempotency_key', o.idempotency_key IS DISTINCT FROM n.idempotency_key,
                        to_json(n.idempotency_key)::text
                    ),
                    audit.changed(
                        'destination', o.destination IS DISTINCT FROM n.destination,
                        CASE WHEN n.destination IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'external_ref', o.external_ref IS DISTINCT FROM n.external_ref,
                        to_json(n.external_ref)::text
                    ),
                    audit.changed(
                        'reason', o.reason IS DISTINCT FROM n.reason,
                        CASE WHEN n.reason IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed('made_by', o.made_by IS DISTINCT FROM n.made_by, n.made_by::text),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(n.created_at)::text
                    ),
                    audit.changed('sent_at', o.sent_at IS DISTINCT FROM n.sent_at, to_json(n.sent_at)::text),
                    audit.changed(
                        'completed_at', o.completed_at IS DISTINCT FROM n.completed_at,
                        to_json(n.completed_at)::text
                    )
                ) AS after
            FROM old_rows AS o
            FULL JOIN new_rows AS n ON n.id = o.id
            OFFSET 0
        ) AS c
        WHERE c.after <> '';
    ELSIF tg_op = 'INSERT' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, after
        )
        SELECT
            said.*, 'portfolio.transfers', tg_op, n.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, '"' || n.id || '"'),
                audit.changed('user_id', TRUE, '"' || n.user_id || '"'),
                audit.changed('counterparty_user_id', TRUE, '"' || n.counterparty_user_id || '"'),
                audit.changed('asset_id', TRUE, n.asset_id::text),
                audit.changed('kind', TRUE, to_json(n.kind)::text),
                audit.changed('status', TRUE, to_json(n.status)::text),
                audit.changed('amount', TRUE, '"' || n.amount || '"'),
                audit.changed('fee', TRUE, '"' || n.fee || '"'),
                audit.changed('idempotency_key', TRUE, to_json(n.idempotency_key)::text),
                audit.changed('destination', TRUE, CASE WHEN n.destination IS NOT NULL THEN '"[personal]"' END),
                audit.changed('external_ref', TRUE, to_json(n.external_ref)::text),
                audit.changed('reason', TRUE, CASE WHEN n.reason IS NOT NULL THEN '"[personal]"' END),
                audit.changed('made_by', TRUE, n.made_by::text),
                audit.changed('created_at', TRUE, to_json(n.created_at)::text),
                audit.changed('sent_at', TRUE, to_json(n.sent_at)::text),
                audit.changed('completed_at', TRUE, to_json(n.completed_at)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'portfolio.transfers', tg_op, o.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, '"' || o.id || '"'),
                audit.changed('user_id', TRUE, '"' || o.user_id || '"'),
                audit.changed('counterparty_user_id', TRUE, '"' || o.counterparty_user_id || '"'),
                audit.changed('asset_id', TRUE, o.asset_id::text),
                audit.changed('kind', TRUE, to_json(o.kind)::text),
                audit.changed('status', TRUE, to_json(o.status)::text),
                audit.changed('amount', TRUE, '"' || o.amount || '"'),
                audit.changed('fee', TRUE, '"' || o.fee || '"'),
                audit.changed('idempotency_key', TRUE, to_json(o.idempotency_key)::text),
                audit.changed('destination', TRUE, CASE WHEN o.destination IS NOT NULL THEN '"[personal]"' END),
                audit.changed('external_ref', TRUE, to_json(o.external_ref)::text),
                audit.changed('reason', TRUE, CASE WHEN o.reason IS NOT NULL THEN '"[personal]"' END),
                audit.changed('made_by', TRUE, o.made_by::text),
                audit.changed('created_at', TRUE, to_json(o.created_at)::text),
                audit.changed('sent_at', TRUE, to_json(o.sent_at)::text),
                audit.changed('completed_at', TRUE, to_json(o.completed_at)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'portfolio.transfers', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION portfolio.transfers_audit() IS
'Trigger of portfolio.transfers: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.transfers_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

CREATE TRIGGER transfers_audit_insert
AFTER INSERT ON portfolio.transfers
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION portfolio.transfers_audit();

CREATE TRIGGER transfers_audit_update
AFTER UPDATE ON portfolio.transfers
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION portfolio.transfers_audit();

CREATE TRIGGER transfers_audit_delete
AFTER DELETE ON portfolio.transfers
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION portfolio.transfers_audit();

CREATE TRIGGER transfers_audit_truncate
AFTER TRUNCATE ON portfolio.transfers
FOR EACH STATEMENT EXECUTE FUNCTION portfolio.transfers_audit();

ALTER TABLE portfolio.transfers
ENABLE ALWAYS TRIGGER transfers_audit_insert,
ENABLE ALWAYS TRIGGER transfers_audit_update,
ENABLE ALWAYS TRIGGER transfers_audit_delete,
ENABLE ALWAYS TRIGGER transfers_audit_truncate;

-- No policy yet: until portfolio/transfers_access is deployed nobody sees a row, its owner included.
ALTER TABLE portfolio.transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.transfers FORCE ROW LEVEL SECURITY;

COMMIT;
