-- Deploy tradebase:ops/retired_leaves to pg
-- requires: audit/trigger_body

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE ops.retired_leaves (
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    parent        regclass    NOT NULL,
    leaf          text        NOT NULL,
    from_at       timestamptz NOT NULL,
    to_at         timestamptz NOT NULL,
    rows          bigint      NOT NULL,
    checksum      text        NOT NULL,
    retired_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    exported_to   text,
    exported_at   timestamptz,
    dropped_at    timestamptz,
    reattached_at timestamptz,

    CONSTRAINT retired_leaves_pkey PRIMARY KEY (id),
    CONSTRAINT retired_leaves_leaf_check CHECK (length(leaf) BETWEEN 1 AND 63),
    CONSTRAINT retired_leaves_to_at_check CHECK (to_at > from_at),
    CONSTRAINT retired_leaves_rows_check CHECK (rows >= 0),
    CONSTRAINT retired_leaves_checksum_check CHECK (checksum ~ '^-?[0-9]{1,60}$'),
    CONSTRAINT retired_leaves_exported_to_check CHECK (length(exported_to) BETWEEN 1 AND 4096),
    CONSTRAINT retired_leaves_exported_at_check CHECK ((exported_to IS NULL) = (exported_at IS NULL))
);

COMMENT ON TABLE ops.retired_leaves IS
'A leaf that was taken off its table: parked in schema attic until it is dropped or comes back. Its rows are the '
'table''s no more from then on.';
COMMENT ON COLUMN ops.retired_leaves.leaf IS 'Its name, in schema attic until dropped_at or reattached_at.';
COMMENT ON COLUMN ops.retired_leaves.from_at IS 'First instant that it held; to_at is the first that it did not.';
COMMENT ON COLUMN ops.retired_leaves.checksum IS
'Of its rows when it was retired, whatever their order: see ops.row_digest().';
COMMENT ON COLUMN ops.retired_leaves.exported_to IS
'The file that was read back and found to hold these rows; NULL while there is none.';
COMMENT ON COLUMN ops.retired_leaves.dropped_at IS 'NULL while the leaf is in the attic, or was taken back from there.';
COMMENT ON COLUMN ops.retired_leaves.reattached_at IS 'When its rows became the table''s again; NULL: they have not.';

-- A leaf is away once at a time.
CREATE UNIQUE INDEX retired_leaves_leaf_idx ON ops.retired_leaves (leaf) WHERE reattached_at IS NULL;

AUDIT

-- No policy yet: until ops/retired_leaves_access is deployed nobody sees a row, its owner included.
ALTER TABLE ops.retired_leaves ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.retired_leaves FORCE ROW LEVEL SECURITY;

COMMIT;
