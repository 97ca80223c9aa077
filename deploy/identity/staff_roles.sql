-- Deploy tradebase:identity/staff_roles to pg
-- requires: audit/trigger_body
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.staff_roles (
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    user_id    uuid        NOT NULL,
    role       text        NOT NULL,
    granted_by jsonb       NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT 'infinity',
    revoked_by jsonb,
    revoked_at timestamptz,

    CONSTRAINT staff_roles_pkey PRIMARY KEY (id),
    CONSTRAINT staff_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
    -- People's roles only: engine, worker and kernel are programs.
    CONSTRAINT staff_roles_role_check CHECK (
        role IN (
            'tradebase_operator', 'tradebase_support', 'tradebase_auditor', 'tradebase_reporter', 'tradebase_monitor'
        )
    ),
    CONSTRAINT staff_roles_granted_by_check CHECK (pg_column_size(granted_by) <= 1000),
    CONSTRAINT staff_roles_expires_at_check CHECK (expires_at > granted_at),
    CONSTRAINT staff_roles_revoked_at_check CHECK (revoked_at >= granted_at),
    CONSTRAINT staff_roles_revoked_by_check CHECK (
        (revoked_by IS NOT NULL) = (revoked_at IS NOT NULL) AND pg_column_size(revoked_by) <= 1000
    )
);

COMMENT ON TABLE identity.staff_roles IS
'A role of the database that somebody who works here has, from one time to another: rows end and are never removed. '
'identity.access_token_hook() puts it into their tokens.';
COMMENT ON COLUMN identity.staff_roles.role IS 'The database role that their requests run as.';
COMMENT ON COLUMN identity.staff_roles.granted_by IS 'Who gave it: see core.made_by().';
COMMENT ON COLUMN identity.staff_roles.expires_at IS 'It counts no longer from then on; infinity until it is revoked.';
COMMENT ON COLUMN identity.staff_roles.revoked_by IS
'Who took it, or gave another in its place; NULL unless revoked.';

-- A token names one role, so a person has one at a time.
CREATE UNIQUE INDEX staff_roles_standing_idx ON identity.staff_roles (user_id) WHERE revoked_at IS NULL;
CREATE INDEX staff_roles_user_id_granted_at_idx ON identity.staff_roles (user_id, granted_at DESC);

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION identity.staff_roles_audit()
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
            said.*, 'identity.staff_roles', c.operation, c.row_key,
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
                    audit.changed('user_id', o.user_id IS DISTINCT FROM n.user_id, '"' || o.user_id || '"'),
                    audit.changed('role', o.role IS DISTINCT FROM n.role, to_json(o.role)::text),
                    audit.changed('granted_by', o.granted_by IS DISTINCT FROM n.granted_by, o.granted_by::text),
                    audit.changed(
                        'granted_at', o.granted_at IS DISTINCT FROM n.granted_at,
                        to_json(o.granted_at)::text
                    ),
                    audit.changed(
                        'expires_at', o.expires_at IS DISTINCT FROM n.expires_at,
                        to_json(o.expires_at)::text
                    ),
                    audit.changed('revoked_by', o.revoked_by IS DISTINCT FROM n.revoked_by, o.revoked_by::text),
                    audit.changed(
                        'revoked_at', o.revoked_at IS DISTINCT FROM n.revoked_at,
                        to_json(o.revoked_at)::text
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, n.id::text),
                    audit.changed('user_id', o.user_id IS DISTINCT FROM n.user_id, '"' || n.user_id || '"'),
                    audit.changed('role', o.role IS DISTINCT FROM n.role, to_json(n.role)::text),
                    audit.changed('granted_by', o.granted_by IS DISTINCT FROM n.granted_by, n.granted_by::text),
                    audit.changed(
                        'granted_at', o.granted_at IS DISTINCT FROM n.granted_at,
                        to_json(n.granted_at)::text
                    ),
                    audit.changed(
                        'expires_at', o.expires_at IS DISTINCT FROM n.expires_at,
                        to_json(n.expires_at)::text
                    ),
                    audit.changed('revoked_by', o.revoked_by IS DISTINCT FROM n.revoked_by, n.revoked_by::text),
                    audit.changed(
                        'revoked_at', o.revoked_at IS DISTINCT FROM n.revoked_at,
                        to_json(n.revoked_at)::text
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
            said.*, 'identity.staff_roles', tg_op, n.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, n.id::text),
                audit.changed('user_id', TRUE, '"' || n.user_id || '"'),
                audit.changed('role', TRUE, to_json(n.role)::text),
                audit.changed('granted_by', TRUE, n.granted_by::text),
                audit.changed('granted_at', TRUE, to_json(n.granted_at)::text),
                audit.changed('expires_at', TRUE, to_json(n.expires_at)::text),
                audit.changed('revoked_by', TRUE, n.revoked_by::text),
                audit.changed('revoked_at', TRUE, to_json(n.revoked_at)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'identity.staff_roles', tg_op, o.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, o.id::text),
                audit.changed('user_id', TRUE, '"' || o.user_id || '"'),
                audit.changed('role', TRUE, to_json(o.role)::text),
                audit.changed('granted_by', TRUE, o.granted_by::text),
                audit.changed('granted_at', TRUE, to_json(o.granted_at)::text),
                audit.changed('expires_at', TRUE, to_json(o.expires_at)::text),
                audit.changed('revoked_by', TRUE, o.revoked_by::text),
                audit.changed('revoked_at', TRUE, to_json(o.revoked_at)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'identity.staff_roles', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION identity.staff_roles_audit() IS
'Trigger of identity.staff_roles: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.staff_roles_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

CREATE TRIGGER staff_roles_audit_insert
AFTER INSERT ON identity.staff_roles
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.staff_roles_audit();

CREATE TRIGGER staff_roles_audit_update
AFTER UPDATE ON identity.staff_roles
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.staff_roles_audit();

CREATE TRIGGER staff_roles_audit_delete
AFTER DELETE ON identity.staff_roles
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.staff_roles_audit();

CREATE TRIGGER staff_roles_audit_truncate
AFTER TRUNCATE ON identity.staff_roles
FOR EACH STATEMENT EXECUTE FUNCTION identity.staff_roles_audit();

ALTER TABLE identity.staff_roles
ENABLE ALWAYS TRIGGER staff_roles_audit_insert,
ENABLE ALWAYS TRIGGER staff_roles_audit_update,
ENABLE ALWAYS TRIGGER staff_roles_audit_delete,
ENABLE ALWAYS TRIGGER staff_roles_audit_truncate;

-- No policy yet: until identity/staff_roles_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.staff_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.staff_roles FORCE ROW LEVEL SECURITY;

COMMIT;
