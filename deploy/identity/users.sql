-- Deploy tradebase:identity/users to pg
-- requires: audit/trigger_body
-- requires: core/touch_updated_at

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.users (
    id           uuid        NOT NULL,
    kind         text        NOT NULL DEFAULT 'customer',
    -- Only a customer can sign in: the generated column lets one foreign key hold for them and skip system accounts.
    auth_user_id uuid        GENERATED ALWAYS AS (CASE WHEN kind = 'customer' THEN id END) STORED,
    status       text        NOT NULL DEFAULT 'active',
    stp_group    uuid        NOT NULL,
    fee_tier     text        NOT NULL DEFAULT 'standard',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    erased_at    timestamptz,

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_auth_user_id_fkey FOREIGN KEY (auth_user_id) REFERENCES auth.users (id) ON DELETE RESTRICT,
    CONSTRAINT users_kind_check CHECK (kind IN ('customer', 'system')),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'restricted', 'suspended', 'closed')),
    CONSTRAINT users_fee_tier_check CHECK (fee_tier ~ '^[a-z0-9_]{1,32}$'),
    CONSTRAINT users_erased_at_check CHECK (erased_at IS NULL OR status = 'closed')
);

COMMENT ON TABLE identity.users IS
'Somebody who can hold a balance: a customer who signs in through auth.users, or one of the platform''s own accounts.';
COMMENT ON COLUMN identity.users.id IS 'The same as auth.users.id for a customer; fixed for a system account.';
COMMENT ON COLUMN identity.users.auth_user_id IS 'The id again for a customer, NULL for a system account.';
COMMENT ON COLUMN identity.users.status IS
'restricted may only close positions, suspended only read, closed nothing, for good.';
COMMENT ON COLUMN identity.users.stp_group IS
'Users of one group never trade with each other; the user''s own id when they are alone.';
COMMENT ON COLUMN identity.users.fee_tier IS 'Row of the fee schedule that applies.';
COMMENT ON COLUMN identity.users.updated_at IS 'When the row was last written. [not audited: the record has its own time]';
COMMENT ON COLUMN identity.users.erased_at IS
'When identity.erase_user() took out what tells who it was; NULL before.';

-- Not unique, which the primary key makes it anyway: a generated column counts as changed where a trigger goes before
-- the update, and one of a unique key would make every change of a row wait for all that refers to it.
CREATE INDEX users_auth_user_id_idx ON identity.users (auth_user_id);
CREATE INDEX users_stp_group_idx ON identity.users (stp_group) WHERE stp_group <> id;

CREATE TRIGGER users_touch
BEFORE UPDATE ON identity.users
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION identity.users_audit()
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
            said.*, 'identity.users', c.operation, c.row_key,
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
                    audit.changed('kind', o.kind IS DISTINCT FROM n.kind, to_json(o.kind)::text),
                    audit.changed(
                        'auth_user_id', o.auth_user_id IS DISTINCT FROM n.auth_user_id,
                        '"' || o.auth_user_id || '"'
                    ),
                    audit.changed('status', o.status IS DISTINCT FROM n.status, to_json(o.status)::text),
                    audit.changed('stp_group', o.stp_group IS DISTINCT FROM n.stp_group, '"' || o.stp_group || '"'),
                    audit.changed('fee_tier', o.fee_tier IS DISTINCT FROM n.fee_tier, to_json(o.fee_tier)::text),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(o.created_at)::text
                    ),
                    audit.changed('erased_at', o.erased_at IS DISTINCT FROM n.erased_at, to_json(o.erased_at)::text)
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, '"' || n.id || '"'),
                    audit.changed('kind', o.kind IS DISTINCT FROM n.kind, to_json(n.kind)::text),
                    audit.changed(
                        'auth_user_id', o.auth_user_id IS DISTINCT FROM n.auth_user_id,
                        '"' || n.auth_user_id || '"'
                    ),
                    audit.changed('status', o.status IS DISTINCT FROM n.status, to_json(n.status)::text),
                    audit.changed('stp_group', o.stp_group IS DISTINCT FROM n.stp_group, '"' || n.stp_group || '"'),
                    audit.changed('fee_tier', o.fee_tier IS DISTINCT FROM n.fee_tier, to_json(n.fee_tier)::text),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(n.created_at)::text
                    ),
                    audit.changed('erased_at', o.erased_at IS DISTINCT FROM n.erased_at, to_json(n.erased_at)::text)
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
            said.*, 'identity.users', tg_op, n.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, '"' || n.id || '"'),
                audit.changed('kind', TRUE, to_json(n.kind)::text),
                audit.changed('auth_user_id', TRUE, '"' || n.auth_user_id || '"'),
                audit.changed('status', TRUE, to_json(n.status)::text),
                audit.changed('stp_group', TRUE, '"' || n.stp_group || '"'),
                audit.changed('fee_tier', TRUE, to_json(n.fee_tier)::text),
                audit.changed('created_at', TRUE, to_json(n.created_at)::text),
                audit.changed('erased_at', TRUE, to_json(n.erased_at)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'identity.users', tg_op, o.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, '"' || o.id || '"'),
                audit.changed('kind', TRUE, to_json(o.kind)::text),
                audit.changed('auth_user_id', TRUE, '"' || o.auth_user_id || '"'),
                audit.changed('status', TRUE, to_json(o.status)::text),
                audit.changed('stp_group', TRUE, '"' || o.stp_group || '"'),
                audit.changed('fee_tier', TRUE, to_json(o.fee_tier)::text),
                audit.changed('created_at', TRUE, to_json(o.created_at)::text),
                audit.changed('erased_at', TRUE, to_json(o.erased_at)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'identity.users', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION identity.users_audit() IS
'Trigger of identity.users: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.users_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

CREATE TRIGGER users_audit_insert
AFTER INSERT ON identity.users
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.users_audit();

CREATE TRIGGER users_audit_update
AFTER UPDATE ON identity.users
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.users_audit();

CREATE TRIGGER users_audit_delete
AFTER DELETE ON identity.users
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.users_audit();

CREATE TRIGGER users_audit_truncate
AFTER TRUNCATE ON identity.users
FOR EACH STATEMENT EXECUTE FUNCTION identity.users_audit();

ALTER TABLE identity.users
ENABLE ALWAYS TRIGGER users_audit_insert,
ENABLE ALWAYS TRIGGER users_audit_update,
ENABLE ALWAYS TRIGGER users_audit_delete,
ENABLE ALWAYS TRIGGER users_audit_truncate;

-- Fees, external, adjustment: accounts of the ledger, without a balance row.
INSERT INTO identity.users (id, kind, stp_group) VALUES
('00000000-0000-7000-8000-000000000001', 'system', '00000000-0000-7000-8000-000000000001'),
('00000000-0000-7000-8000-000000000002', 'system', '00000000-0000-7000-8000-000000000002'),
('00000000-0000-7000-8000-000000000003', 'system', '00000000-0000-7000-8000-000000000003');

-- No policy yet: until identity/users_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.users FORCE ROW LEVEL SECURITY;

COMMIT;
