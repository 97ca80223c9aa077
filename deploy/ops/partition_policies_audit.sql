-- Deploy tradebase:ops/partition_policies_audit to pg
-- requires: audit/trigger_body
-- requires: ops/partition_policies

BEGIN;

CALL ops.guard_deploy();

-- Not in the table's own file, as everywhere else: the audit log is partitioned itself, and comes after it.

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION ops.partition_policies_audit()
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
            said.*, 'ops.partition_policies', c.operation, c.row_key,
            CASE WHEN c.operation <> 'INSERT' THEN ('{' || c.before || '}')::jsonb END,
            CASE WHEN c.operation <> 'DELETE' THEN ('{' || c.after || '}')::jsonb END
        FROM (
            SELECT
                CASE
                    WHEN n.parent IS NULL THEN 'DELETE'
                    WHEN o.parent IS NULL THEN 'INSERT'
                    ELSE 'UPDATE'
                END AS operation,
                coalesce(o.parent, n.parent)::text AS row_key,
                concat_ws(
                    ',',
                    audit.changed('parent', o.parent IS DISTINCT FROM n.parent, to_json(o.parent)::text),
                    audit.changed('period', o.period IS DISTINCT FROM n.period, to_json(o.period)::text),
                    audit.changed('premake', o.premake IS DISTINCT FROM n.premake, o.premake::text),
                    audit.changed('retention', o.retention IS DISTINCT FROM n.retention, to_json(o.retention)::text),
                    audit.changed('action', o.action IS DISTINCT FROM n.action, to_json(o.action)::text)
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('parent', o.parent IS DISTINCT FROM n.parent, to_json(n.parent)::text),
                    audit.changed('period', o.period IS DISTINCT FROM n.period, to_json(n.period)::text),
                    audit.changed('premake', o.premake IS DISTINCT FROM n.premake, n.premake::text),
                    audit.changed('retention', o.retention IS DISTINCT FROM n.retention, to_json(n.retention)::text),
                    audit.changed('action', o.action IS DISTINCT FROM n.action, to_json(n.action)::text)
                ) AS after
            FROM old_rows AS o
            FULL JOIN new_rows AS n ON n.parent = o.parent
            OFFSET 0
        ) AS c
        WHERE c.after <> '';
    ELSIF tg_op = 'INSERT' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, after
        )
        SELECT
            said.*, 'ops.partition_policies', tg_op, n.parent::text,
            ('{' || concat_ws(
                ',',
                audit.changed('parent', TRUE, to_json(n.parent)::text),
                audit.changed('period', TRUE, to_json(n.period)::text),
                audit.changed('premake', TRUE, n.premake::text),
                audit.changed('retention', TRUE, to_json(n.retention)::text),
                audit.changed('action', TRUE, to_json(n.action)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'ops.partition_policies', tg_op, o.parent::text,
            ('{' || concat_ws(
                ',',
                audit.changed('parent', TRUE, to_json(o.parent)::text),
                audit.changed('period', TRUE, to_json(o.period)::text),
                audit.changed('premake', TRUE, o.premake::text),
                audit.changed('retention', TRUE, to_json(o.retention)::text),
                audit.changed('action', TRUE, to_json(o.action)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'ops.partition_policies', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION ops.partition_policies_audit() IS
'Trigger of ops.partition_policies: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.partition_policies_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

CREATE TRIGGER partition_policies_audit_insert
AFTER INSERT ON ops.partition_policies
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION ops.partition_policies_audit();

CREATE TRIGGER partition_policies_audit_update
AFTER UPDATE ON ops.partition_policies
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION ops.partition_policies_audit();

CREATE TRIGGER partition_policies_audit_delete
AFTER DELETE ON ops.partition_policies
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION ops.partition_policies_audit();

CREATE TRIGGER partition_policies_audit_truncate
AFTER TRUNCATE ON ops.partition_policies
FOR EACH STATEMENT EXECUTE FUNCTION ops.partition_policies_audit();

ALTER TABLE ops.partition_policies
ENABLE ALWAYS TRIGGER partition_policies_audit_insert,
ENABLE ALWAYS TRIGGER partition_policies_audit_update,
ENABLE ALWAYS TRIGGER partition_policies_audit_delete,
ENABLE ALWAYS TRIGGER partition_policies_audit_truncate;

COMMIT;
