-- Deploy tradebase:system/feature_flags to pg
-- requires: audit/trigger_body
-- requires: core/touch_updated_at

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE system.feature_flags (
    key              text        NOT NULL,
    description      text        NOT NULL,
    is_enabled       boolean     NOT NULL DEFAULT FALSE,
    rollout_pct      integer     NOT NULL DEFAULT 0,
    is_for_staff     boolean     NOT NULL DEFAULT FALSE,
    is_public        boolean     NOT NULL DEFAULT TRUE,
    allowed_user_ids uuid[]      NOT NULL DEFAULT '{}',
    denied_user_ids  uuid[]      NOT NULL DEFAULT '{}',
    updated_at       timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT feature_flags_pkey PRIMARY KEY (key),
    CONSTRAINT feature_flags_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT feature_flags_description_check CHECK (length(description) BETWEEN 1 AND 500),
    CONSTRAINT feature_flags_rollout_pct_check CHECK (rollout_pct BETWEEN 0 AND 100),
    CONSTRAINT feature_flags_allowed_user_ids_check CHECK (
        cardinality(allowed_user_ids) <= 1000 AND array_position(allowed_user_ids, NULL) IS NULL
    ),
    CONSTRAINT feature_flags_denied_user_ids_check CHECK (
        cardinality(denied_user_ids) <= 1000 AND array_position(denied_user_ids, NULL) IS NULL
        AND NOT denied_user_ids && allowed_user_ids
    )
);

COMMENT ON TABLE system.feature_flags IS
'Something new that is on for some and not for others: system.is_enabled() answers for whom.';
COMMENT ON COLUMN system.feature_flags.is_enabled IS 'Kill switch: false is off for everybody, whatever else the row says.';
COMMENT ON COLUMN system.feature_flags.rollout_pct IS
'On for this many of a hundred users, always the same ones, and more of them as it grows.';
COMMENT ON COLUMN system.feature_flags.is_for_staff IS 'On for whoever has a staff role.';
COMMENT ON COLUMN system.feature_flags.is_public IS 'Clients learn whether it is on for them, by api.feature_flags().';
COMMENT ON COLUMN system.feature_flags.allowed_user_ids IS 'On for these users, at most 1000.';
COMMENT ON COLUMN system.feature_flags.denied_user_ids IS 'Off for these users, at most 1000.';
COMMENT ON COLUMN system.feature_flags.updated_at IS 'When the row was last written. [not audited: the record has its own time]';

CREATE TRIGGER feature_flags_touch
BEFORE UPDATE ON system.feature_flags
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION system.feature_flags_audit()
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
            said.*, 'system.feature_flags', c.operation, c.row_key,
            CASE WHEN c.operation <> 'INSERT' THEN ('{' || c.before || '}')::jsonb END,
            CASE WHEN c.operation <> 'DELETE' THEN ('{' || c.after || '}')::jsonb END
        FROM (
            SELECT
                CASE
                    WHEN n.key IS NULL THEN 'DELETE'
                    WHEN o.key IS NULL THEN 'INSERT'
                    ELSE 'UPDATE'
                END AS operation,
                coalesce(o.key, n.key)::text AS row_key,
                concat_ws(
                    ',',
                    audit.changed('key', o.key IS DISTINCT FROM n.key, to_json(o.key)::text),
                    audit.changed(
                        'description', o.description IS DISTINCT FROM n.description,
                        to_json(o.description)::text
                    ),
                    audit.changed('is_enabled', o.is_enabled IS DISTINCT FROM n.is_enabled, o.is_enabled::text),
                    audit.changed('rollout_pct', o.rollout_pct IS DISTINCT FROM n.rollout_pct, o.rollout_pct::text),
                    audit.changed('is_for_staff', o.is_for_staff IS DISTINCT FROM n.is_for_staff, o.is_for_staff::text),
                    audit.changed('is_public', o.is_public IS DISTINCT FROM n.is_public, o.is_public::text),
                    audit.changed(
                        'allowed_user_ids', o.allowed_user_ids IS DISTINCT FROM n.allowed_user_ids,
                        to_json(o.allowed_user_ids)::text
                    ),
                    audit.changed(
                        'denied_user_ids', o.denied_user_ids IS DISTINCT FROM n.denied_user_ids,
                        to_json(o.denied_user_ids)::text
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('key', o.key IS DISTINCT FROM n.key, to_json(n.key)::text),
                    audit.changed(
                        'description', o.description IS DISTINCT FROM n.description,
                        to_json(n.description)::text
                    ),
                    audit.changed('is_enabled', o.is_enabled IS DISTINCT FROM n.is_enabled, n.is_enabled::text),
                    audit.changed('rollout_pct', o.rollout_pct IS DISTINCT FROM n.rollout_pct, n.rollout_pct::text),
                    audit.changed('is_for_staff', o.is_for_staff IS DISTINCT FROM n.is_for_staff, n.is_for_staff::text),
                    audit.changed('is_public', o.is_public IS DISTINCT FROM n.is_public, n.is_public::text),
                    audit.changed(
                        'allowed_user_ids', o.allowed_user_ids IS DISTINCT FROM n.allowed_user_ids,
                        to_json(n.allowed_user_ids)::text
                    ),
                    audit.changed(
                        'denied_user_ids', o.denied_user_ids IS DISTINCT FROM n.denied_user_ids,
                        to_json(n.denied_user_ids)::text
                    )
                ) AS after
            FROM old_rows AS o
            FULL JOIN new_rows AS n ON n.key = o.key
            OFFSET 0
        ) AS c
        WHERE c.after <> '';
    ELSIF tg_op = 'INSERT' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, after
        )
        SELECT
            said.*, 'system.feature_flags', tg_op, n.key::text,
            ('{' || concat_ws(
                ',',
                audit.changed('key', TRUE, to_json(n.key)::text),
                audit.changed('description', TRUE, to_json(n.description)::text),
                audit.changed('is_enabled', TRUE, n.is_enabled::text),
                audit.changed('rollout_pct', TRUE, n.rollout_pct::text),
                audit.changed('is_for_staff', TRUE, n.is_for_staff::text),
                audit.changed('is_public', TRUE, n.is_public::text),
                audit.changed('allowed_user_ids', TRUE, to_json(n.allowed_user_ids)::text),
                audit.changed('denied_user_ids', TRUE, to_json(n.denied_user_ids)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'system.feature_flags', tg_op, o.key::text,
            ('{' || concat_ws(
                ',',
                audit.changed('key', TRUE, to_json(o.key)::text),
                audit.changed('description', TRUE, to_json(o.description)::text),
                audit.changed('is_enabled', TRUE, o.is_enabled::text),
                audit.changed('rollout_pct', TRUE, o.rollout_pct::text),
                audit.changed('is_for_staff', TRUE, o.is_for_staff::text),
                audit.changed('is_public', TRUE, o.is_public::text),
                audit.changed('allowed_user_ids', TRUE, to_json(o.allowed_user_ids)::text),
                audit.changed('denied_user_ids', TRUE, to_json(o.denied_user_ids)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'system.feature_flags', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION system.feature_flags_audit() IS
'Trigger of system.feature_flags: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.feature_flags_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

CREATE TRIGGER feature_flags_audit_insert
AFTER INSERT ON system.feature_flags
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION system.feature_flags_audit();

CREATE TRIGGER feature_flags_audit_update
AFTER UPDATE ON system.feature_flags
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION system.feature_flags_audit();

CREATE TRIGGER feature_flags_audit_delete
AFTER DELETE ON system.feature_flags
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION system.feature_flags_audit();

CREATE TRIGGER feature_flags_audit_truncate
AFTER TRUNCATE ON system.feature_flags
FOR EACH STATEMENT EXECUTE FUNCTION system.feature_flags_audit();

ALTER TABLE system.feature_flags
ENABLE ALWAYS TRIGGER feature_flags_audit_insert,
ENABLE ALWAYS TRIGGER feature_flags_audit_update,
ENABLE ALWAYS TRIGGER feature_flags_audit_delete,
ENABLE ALWAYS TRIGGER feature_flags_audit_truncate;

-- No policy yet: until system/feature_flags_access is deployed nobody sees a row, its owner included.
ALTER TABLE system.feature_flags ENABLE ROW LEVEL SECURITY;
ALTER TABLE system.feature_flags FORCE ROW LEVEL SECURITY;

COMMIT;
