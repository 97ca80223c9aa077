-- Deploy tradebase:ops/backups to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE ops.backups (
    id               bigint      GENERATED ALWAYS AS IDENTITY,
    repository       smallint,
    label            text,
    kind             text        NOT NULL,
    started_at       timestamptz NOT NULL,
    finished_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    bytes            bigint,
    repository_bytes bigint,
    status           text        NOT NULL,
    detail           jsonb       NOT NULL DEFAULT '{}',

    CONSTRAINT backups_pkey PRIMARY KEY (id),
    CONSTRAINT backups_repository_check CHECK (repository BETWEEN 1 AND 2),
    CONSTRAINT backups_label_check CHECK (length(label) BETWEEN 1 AND 200),
    CONSTRAINT backups_kind_check CHECK (kind IN ('full', 'diff', 'incr', 'export')),
    -- An export lies in no repository; whatever else is made is made in one.
    CONSTRAINT backups_kind_repository_check CHECK ((kind = 'export') = (repository IS NULL)),
    CONSTRAINT backups_finished_at_check CHECK (finished_at >= started_at),
    CONSTRAINT backups_bytes_check CHECK (bytes >= 0),
    CONSTRAINT backups_repository_bytes_check CHECK (repository_bytes >= 0),
    CONSTRAINT backups_status_check CHECK (status IN ('succeeded', 'failed')),
    -- What succeeded has a name by which it is restored.
    CONSTRAINT backups_status_label_check CHECK (status = 'failed' OR label IS NOT NULL),
    CONSTRAINT backups_detail_check CHECK (jsonb_typeof(detail) = 'object')
);

COMMENT ON TABLE ops.backups IS
'One backup or export that was made, or failed; written when it is over, never changed. What is still there, and whether '
'it can be restored, the repositories and ops.recovery_drills say. [not audited: it is the record of what was made]';
COMMENT ON COLUMN ops.backups.repository IS 'Where it lies: 1 near, 2 in the other region. NULL for an export.';
COMMENT ON COLUMN ops.backups.label IS
'Its name in the repository, or the name of the export''s folder. NULL when it failed before it had one.';
COMMENT ON COLUMN ops.backups.kind IS
'full; diff, what changed since the last full one; incr, since the last of any kind; export, a logical dump.';
COMMENT ON COLUMN ops.backups.bytes IS 'Size of what was backed up. NULL when it failed.';
COMMENT ON COLUMN ops.backups.repository_bytes IS
'What it takes up, compressed and encrypted, without what it refers to. NULL when it failed.';
COMMENT ON COLUMN ops.backups.detail IS 'Where WAL begins and ends for it; the message of what failed.';

-- "When did the last good one of this kind end?"
CREATE INDEX backups_kind_idx ON ops.backups (kind, finished_at DESC);

-- No policy yet: until ops/backups_access is deployed nobody sees a row, its owner included.
ALTER TABLE ops.backups ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.backups FORCE ROW LEVEL SECURITY;

COMMIT;
