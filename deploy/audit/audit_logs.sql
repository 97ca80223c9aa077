-- Deploy tradebase:audit/audit_logs to pg
-- requires: core/refuse_change
-- requires: ops/ensure_partitions

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE audit.audit_logs (
    id            bigint           GENERATED ALWAYS AS IDENTITY,
    incarnation   integer          NOT NULL DEFAULT 1,
    xid           xid8             NOT NULL DEFAULT pg_current_xact_id(),
    created_at    timestamptz      NOT NULL DEFAULT clock_timestamp(),
    actor_id      uuid,
    database_role text NOT NULL,
    session_role  text NOT NULL,
    session_id    text,
    request_id    text,
    reason        text,
    relation      text NOT NULL,
    operation     text NOT NULL,
    row_key       text,
    before        jsonb,
    after         jsonb,

    CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT audit_logs_operation_check CHECK (
        operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'AMEND', 'CANCEL', 'CLOSE')
    )
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE audit.audit_logs IS
'What one statement did to one row of an audited table, or a command to one order. Append-only. Its order is that of '
'the transactions: incarnation, xid, id. [not audited: it is the record]';
COMMENT ON COLUMN audit.audit_logs.incarnation IS
'Counts the clusters that the rows were written in: who restores a dump into another, where xid begins anew, raises '
'the default.';
COMMENT ON COLUMN audit.audit_logs.xid IS 'The transaction; its records are visible together, or never.';
COMMENT ON COLUMN audit.audit_logs.actor_id IS
'The user whom the request spoke for; NULL when nobody: a service, a job, or somebody at the database.';
COMMENT ON COLUMN audit.audit_logs.database_role IS
'The role that it was done as: what SET ROLE made of the login, never the owner of a definer function.';
COMMENT ON COLUMN audit.audit_logs.session_role IS 'The role that logged in.';
COMMENT ON COLUMN audit.audit_logs.session_id IS 'Claim session_id of the request; NULL when it had none.';
COMMENT ON COLUMN audit.audit_logs.request_id IS
'What the request called itself: header x-request-id, or setting tradebase.request_id. NULL when nothing. [kept: made '
'by a program]';
COMMENT ON COLUMN audit.audit_logs.reason IS
'Setting tradebase.reason of the transaction; NULL when none was given. [kept: why staff did it, not who a person is]';
COMMENT ON COLUMN audit.audit_logs.relation IS 'The table as schema.name, the parent''s when a leaf was written.';
COMMENT ON COLUMN audit.audit_logs.operation IS
'What it came to: INSERT ON CONFLICT is an INSERT or an UPDATE, and a changed key a DELETE and an INSERT. AMEND, '
'CANCEL and CLOSE are commands on orders, which are not audited otherwise.';
COMMENT ON COLUMN audit.audit_logs.row_key IS 'The row''s primary key as text; NULL for TRUNCATE.';
COMMENT ON COLUMN audit.audit_logs.before IS
'The changed columns as they were, all of a deleted row; NULL for INSERT and TRUNCATE. Of a [personal] column only '
'that it had a value. [kept: nothing personal is in it]';
COMMENT ON COLUMN audit.audit_logs.after IS
'The changed columns as they became, all of a new row; NULL for DELETE, TRUNCATE and CANCEL. Personal '
'columns as in before. [kept: nothing personal is in it]';

-- The history of a row, of an actor, of what nobody signed in did, and of a request. What one statement writes is of
-- one relation: with the key in front of it, one comparison decides.
CREATE INDEX audit_logs_row_key_relation_created_at_idx ON audit.audit_logs (row_key, relation, created_at);
CREATE INDEX audit_logs_actor_id_created_at_idx ON audit.audit_logs (actor_id, created_at) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_logs_database_role_created_at_idx ON audit.audit_logs (database_role, created_at)
WHERE actor_id IS NULL;
CREATE INDEX audit_logs_request_id_created_at_idx ON audit.audit_logs (request_id, created_at)
WHERE request_id IS NOT NULL;

CREATE TRIGGER audit_logs_append_only
BEFORE UPDATE OR DELETE ON audit.audit_logs
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('audit.audit_logs');

CREATE TRIGGER audit_logs_no_truncate
BEFORE TRUNCATE ON audit.audit_logs
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('audit.audit_logs');

-- A replica's apply, or a session that calls itself one, is held to the same.
ALTER TABLE audit.audit_logs
ENABLE ALWAYS TRIGGER audit_logs_append_only,
ENABLE ALWAYS TRIGGER audit_logs_no_truncate;

ALTER TABLE audit.audit_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.audit_logs FORCE ROW LEVEL SECURITY;

INSERT INTO ops.partition_policies (parent, period) VALUES ('audit.audit_logs', 'month');
SELECT ops.ensure_partitions('audit.audit_logs', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
