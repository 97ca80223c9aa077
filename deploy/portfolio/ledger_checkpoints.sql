-- Deploy tradebase:portfolio/ledger_checkpoints to pg
-- requires: core/numbers
-- requires: core/refuse_change
-- requires: identity/users
-- requires: market/assets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE portfolio.ledger_checkpoints (
    user_id   uuid        NOT NULL,
    asset_id  integer     NOT NULL,
    as_of     timestamptz NOT NULL,
    version   bigint,
    available core.total  NOT NULL,
    held      core.total  NOT NULL,

    CONSTRAINT ledger_checkpoints_pkey PRIMARY KEY (user_id, asset_id, as_of),
    CONSTRAINT ledger_checkpoints_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
    CONSTRAINT ledger_checkpoints_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES market.assets (id),
    -- A customer owes nothing; the account of the world outside does nothing else.
    CONSTRAINT ledger_checkpoints_version_check CHECK (version > 0 AND available >= 0 AND held >= 0 OR version IS NULL)
);

COMMENT ON TABLE portfolio.ledger_checkpoints IS
'What the ledger of one account came to at a time, so that the leaves before it can go: the last checkpoint and the '
'entries after it are the whole. Written by portfolio.checkpoint_ledger() alone. Append-only. '
'[not audited: append-only, made from the ledger]';
COMMENT ON COLUMN portfolio.ledger_checkpoints.as_of IS
'Every entry with an earlier created_at is in it, none with this one or a later. An account that did not move since its '
'checkpoint before gets no new one.';
COMMENT ON COLUMN portfolio.ledger_checkpoints.version IS
'The newest entry''s, and so their number; NULL for a system account, whose entries are not counted.';
COMMENT ON COLUMN portfolio.ledger_checkpoints.available IS
'In units of the asset; signed for a system account, the sum of all it ever gave and took.';
COMMENT ON COLUMN portfolio.ledger_checkpoints.held IS 'In units of the asset; what the balance had reserved.';

CREATE INDEX ledger_checkpoints_asset_id_idx ON portfolio.ledger_checkpoints (asset_id);

CREATE TRIGGER ledger_checkpoints_append_only
BEFORE UPDATE OR DELETE ON portfolio.ledger_checkpoints
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('portfolio.ledger_checkpoints');

CREATE TRIGGER ledger_checkpoints_no_truncate
BEFORE TRUNCATE ON portfolio.ledger_checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('portfolio.ledger_checkpoints');

ALTER TABLE portfolio.ledger_checkpoints
ENABLE ALWAYS TRIGGER ledger_checkpoints_append_only,
ENABLE ALWAYS TRIGGER ledger_checkpoints_no_truncate;

-- No policy yet: until portfolio/ledger_checkpoints_access is deployed nobody sees a row, its owner included.
ALTER TABLE portfolio.ledger_checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.ledger_checkpoints FORCE ROW LEVEL SECURITY;

COMMIT;
