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

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION ops.retired_leaves_audit()
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
            said.*, 'ops.retired_leaves', c.operation, c.row_key,
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
                    audit.changed('id', o.id IS DISTINCT FROM n.id, o.id::text),
                    audit.changed('parent', o.parent IS DISTINCT FROM n.parent, to_json(o.parent)::text),
                    audit.changed('leaf', o.leaf IS DISTINCT FROM n.leaf, to_json(o.leaf)::text),
                    audit.changed('from_at', o.from_at IS DISTINCT FROM n.from_at, to_json(o.from_at)::text),
                    audit.changed('to_at', o.to_at IS DISTINCT FROM n.to_at, to_json(o.to_at)::text),
                    audit.changed('rows', o.rows IS DISTINCT FROM n.rows, o.rows::text),
                    audit.changed('checksum', o.checksum IS DISTINCT FROM n.checksum, to_json(o.checksum)::text),
                    audit.changed(
                        'retired_at', o.retired_at IS DISTINCT FROM n.retired_at,
                        to_json(o.retired_at)::text
                    ),
                    audit.changed(
                        'exported_to', o.exported_to IS DISTINCT FROM n.exported_to,
                        to_json(o.exported_to)::text
                    ),
                    audit.changed(
                        'exported_at', o.exported_at IS DISTINCT FROM n.exported_at,
                        to_json(o.exported_at)::text
                    ),
                    audit.changed(
                        'dropped_at', o.dropped_at IS DISTINCT FROM n.dropped_at,
                        to_json(o.dropped_at)::text
                    ),
                    audit.changed(
                        'reattached_at', o.reattached_at IS DISTINCT FROM n.reattached_at,
                        to_json(o.reattached_at)::text
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, n.id::text),
                    audit.changed('parent', o.parent IS DISTINCT FROM n.parent, to_json(n.parent)::text),
                    audit.changed('leaf', o.leaf IS DISTINCT FROM n.leaf, to_json(n.leaf)::text),
                    audit.changed('from_at', o.from_at IS DISTINCT FROM n.from_at, to_json(n.from_at)::text),
                    audit.changed('to_at', o.to_at IS DISTINCT FROM n.to_at, to_json(n.to_at)::text),
                    audit.changed('rows', o.rows IS DISTINCT FROM n.rows, n.rows::text),
                    audit.changed('checksum', o.checksum IS DISTINCT FROM n.checksum, to_json(n.checksum)::text),
                    audit.changed(
                        'retired_at', o.retired_at IS DISTINCT FROM n.retired_at,
                        to_json(n.retired_at)::text
                    ),
                    audit.changed(
                        'exported_to', o.exported_to IS DISTINCT FROM n.exported_to,
                        to_json(n.exported_to)::text
                    ),
                    audit.changed(
                        'exported_at', o.exported_at IS DISTINCT FROM n.exported_at,
                        to_json(n.exported_at)::text
                    ),
                    audit.changed(
                        'dropped_at', o.dropped_at IS DISTINCT FROM n.dropped_at,
                        to_json(n.dropped_at)::text
                    ),
                    audit.changed(
                        'reattached_at', o.reattached_at IS DISTINCT FROM n.reattached_at,
                        to_json(n.reattached_at)::text
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
            said.*, 'ops.retired_leaves', tg_op, n.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, n.id::text),
                audit.changed('parent', TRUE, to_json(n.parent)::text),
                audit.changed('leaf', TRUE, to_json(n.leaf)::text),
                audit.changed('from_at', TRUE, to_json(n.from_at)::text),
                audit.changed('to_at', TRUE, to_json(n.to_at)::text),
                audit.changed('rows', TRUE, n.rows::text),
                audit.changed('checksum', TRUE, to_json(n.checksum)::text),
                audit.changed('retired_at', TRUE, to_json(n.retired_at)::text),
                audit.changed('exported_to', TRUE, to_json(n.exported_to)::text),
                audit.changed('exported_at', TRUE, to_json(n.exported_at)::text),
                audit.changed('dropped_at', TRUE, to_json(n.dropped_at)::text),
                audit.changed('reattached_at', TRUE, to_json(n.reattached_at)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'ops.retired_leaves', tg_op, o.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, o.id::text),
                audit.changed('parent', TRUE, to_json(o.parent)::text),
                audit.changed('leaf', TRUE, to_json(o.leaf)::text),
                audit.changed('from_at', TRUE, to_json(o.from_at)::text),
                audit.changed('to_at', TRUE, to_json(o.to_at)::text),
                audit.changed('rows', TRUE, o.rows::text),
                audit.changed('checksum', TRUE, to_json(o.checksum)::text),
                audit.changed('retired_at', TRUE, to_json(o.retired_at)::text),
                audit.changed('exported_to', TRUE, to_json(o.exported_to)::text),
                audit.changed('exported_at', TRUE, to_json(o.exported_at)::text),
                audit.changed('dropped_at', TRUE, to_json(o.dropped_at)::text),
                audit.changed('reattached_at', TRUE, to_json(o.reattached_at)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'ops.retired_leaves', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION ops.retired_leaves_audit() IS
'Trigger of ops.retired_leaves: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.retired_leaves_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

CREATE TRIGGER retired_leaves_audit_insert
AFTER INSERT ON ops.retired_leaves
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION ops.retired_leaves_audit();

CREATE TRIGGER retired_leaves_audit_update
AFTER UPDATE ON ops.retired_leaves
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION ops.retired_leaves_audit();

CREATE TRIGGER retired_leaves_audit_delete
AFTER DELETE ON ops.retired_leaves
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION ops.retired_leaves_audit();

CREATE TRIGGER retired_leaves_audit_truncate
AFTER TRUNCATE ON ops.retired_leaves
FOR EACH STATEMENT EXECUTE FUNCTION ops.retired_leaves_audit();

ALTER TABLE ops.retired_leaves
ENABLE ALWAYS TRIGGER retired_leaves_audit_insert,
ENABLE ALWAYS TRIGGER retired_leaves_audit_update,
ENABLE ALWAYS TRIGGER retired_leaves_audit_delete,
ENABLE ALWAYS TRIGGER retired_leaves_audit_truncate;

-- No policy yet: until ops/retired_leaves_access is deployed nobody sees a row, its owner included.
ALTER TABLE ops.retired_leaves ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.retired_leaves FORCE ROW LEVEL SECURITY;

COMMIT;
