-- Deploy tradebase:identity/user_sessions to pg
-- requires: audit/trigger_body
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.user_sessions (
    id           uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    token_hash   bytea,
    ip_network   cidr,
    device_hash  bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,

    CONSTRAINT user_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT user_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
    -- A hash and nothing longer or shorter: a token itself does not fit.
    CONSTRAINT user_sessions_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT user_sessions_device_hash_check CHECK (octet_length(device_hash) = 32),
    -- A neighbourhood, never one machine.
    CONSTRAINT user_sessions_ip_network_check CHECK (
        masklen(ip_network) <= CASE family(ip_network) WHEN 4 THEN 24 ELSE 48 END
    ),
    CONSTRAINT user_sessions_last_seen_at_check CHECK (last_seen_at >= created_at),
    CONSTRAINT user_sessions_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT user_sessions_revoked_at_check CHECK (revoked_at >= created_at)
) WITH (fillfactor = 90);

COMMENT ON TABLE identity.user_sessions IS
'A sign-in of a user: claim session_id of their tokens. Over when it is revoked or expired; commands refuse it from then '
'on, whatever its token says.';
COMMENT ON COLUMN identity.user_sessions.id IS
'On Supabase the id of auth.sessions; elsewhere made by identity.start_session().';
COMMENT ON COLUMN identity.user_sessions.token_hash IS
'SHA-256 of the token with which a service goes on with the session; NULL where Supabase keeps tokens itself. [personal]';
COMMENT ON COLUMN identity.user_sessions.ip_network IS
'Where it was started: the first 24 bits of an IPv4 address, 48 of an IPv6 one; NULL when unknown. [personal]';
COMMENT ON COLUMN identity.user_sessions.device_hash IS
'HMAC-SHA-256 of the device, under a key that the service has and changes; NULL when unknown. [personal]';
COMMENT ON COLUMN identity.user_sessions.last_seen_at IS 'To the minute: it is written at most once a minute. [not audited: written at every look]';
COMMENT ON COLUMN identity.user_sessions.revoked_at IS 'NULL unless it was ended before its time.';

-- Without last_seen_at, so that touching a session is a HOT update.
CREATE INDEX user_sessions_user_id_created_at_idx ON identity.user_sessions (user_id, created_at DESC);

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION identity.user_sessions_audit()
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
            said.*, 'identity.user_sessions', c.operation, c.row_key,
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
                        'token_hash', o.token_hash IS DISTINCT FROM n.token_hash,
                        CASE WHEN o.token_hash IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'ip_network', o.ip_network IS DISTINCT FROM n.ip_network,
                        CASE WHEN o.ip_network IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'device_hash', o.device_hash IS DISTINCT FROM n.device_hash,
                        CASE WHEN o.device_hash IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(o.created_at)::text
                    ),
                    audit.changed(
                        'expires_at', o.expires_at IS DISTINCT FROM n.expires_at,
                        to_json(o.expires_at)::text
                    ),
                    audit.changed(
                        'revoked_at', o.revoked_at IS DISTINCT FROM n.revoked_at,
                        to_json(o.revoked_at)::text
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, '"' || n.id || '"'),
                    audit.changed('user_id', o.user_id IS DISTINCT FROM n.user_id, '"' || n.user_id || '"'),
                    audit.changed(
                        'token_hash', o.token_hash IS DISTINCT FROM n.token_hash,
                        CASE WHEN n.token_hash IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'ip_network', o.ip_network IS DISTINCT FROM n.ip_network,
                        CASE WHEN n.ip_network IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'device_hash', o.device_hash IS DISTINCT FROM n.device_hash,
                        CASE WHEN n.device_hash IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(n.created_at)::text
                    ),
                    audit.changed(
                        'expires_at', o.expires_at IS DISTINCT FROM n.expires_at,
                        to_json(n.expires_at)::text
                    ),
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
            said.*, 'identity.user_sessions', tg_op, n.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, '"' || n.id || '"'),
                audit.changed('user_id', TRUE, '"' || n.user_id || '"'),
                audit.changed('token_hash', TRUE, CASE WHEN n.token_hash IS NOT NULL THEN '"[personal]"' END),
                audit.changed('ip_network', TRUE, CASE WHEN n.ip_network IS NOT NULL THEN '"[personal]"' END),
                audit.changed('device_hash', TRUE, CASE WHEN n.device_hash IS NOT NULL THEN '"[personal]"' END),
                audit.changed('created_at', TRUE, to_json(n.created_at)::text),
                audit.changed('expires_at', TRUE, to_json(n.expires_at)::text),
                audit.changed('revoked_at', TRUE, to_json(n.revoked_at)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'identity.user_sessions', tg_op, o.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, '"' || o.id || '"'),
                audit.changed('user_id', TRUE, '"' || o.user_id || '"'),
                audit.changed('token_hash', TRUE, CASE WHEN o.token_hash IS NOT NULL THEN '"[personal]"' END),
                audit.changed('ip_network', TRUE, CASE WHEN o.ip_network IS NOT NULL THEN '"[personal]"' END),
                audit.changed('device_hash', TRUE, CASE WHEN o.device_hash IS NOT NULL THEN '"[personal]"' END),
                audit.changed('created_at', TRUE, to_json(o.created_at)::text),
                audit.changed('expires_at', TRUE, to_json(o.expires_at)::text),
                audit.changed('revoked_at', TRUE, to_json(o.revoked_at)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'identity.user_sessions', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION identity.user_sessions_audit() IS
'Trigger of identity.user_sessions: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.user_sessions_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

CREATE TRIGGER user_sessions_audit_insert
AFTER INSERT ON identity.user_sessions
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.user_sessions_audit();

CREATE TRIGGER user_sessions_audit_update
AFTER UPDATE ON identity.user_sessions
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.user_sessions_audit();

CREATE TRIGGER user_sessions_audit_delete
AFTER DELETE ON identity.user_sessions
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.user_sessions_audit();

CREATE TRIGGER user_sessions_audit_truncate
AFTER TRUNCATE ON identity.user_sessions
FOR EACH STATEMENT EXECUTE FUNCTION identity.user_sessions_audit();

ALTER TABLE identity.user_sessions
ENABLE ALWAYS TRIGGER user_sessions_audit_insert,
ENABLE ALWAYS TRIGGER user_sessions_audit_update,
ENABLE ALWAYS TRIGGER user_sessions_audit_delete,
ENABLE ALWAYS TRIGGER user_sessions_audit_truncate;

-- No policy yet: until identity/user_sessions_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.user_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.user_sessions FORCE ROW LEVEL SECURITY;

COMMIT;
