-- Deploy tradebase:identity/profiles to pg
-- requires: audit/trigger_body
-- requires: core/touch_updated_at
-- requires: identity/users
-- requires: market/assets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE identity.profiles (
    user_id            uuid        NOT NULL,
    display_name       text,
    country            text,
    timezone           text        NOT NULL DEFAULT 'UTC',
    reporting_asset_id integer,
    preferences        jsonb       NOT NULL DEFAULT '{}',
    updated_at         timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT profiles_pkey PRIMARY KEY (user_id),
    CONSTRAINT profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
    CONSTRAINT profiles_reporting_asset_id_fkey FOREIGN KEY (reporting_asset_id) REFERENCES market.assets (id),
    -- One spelling per name, and nothing invisible in it: no controls, no zero-width, blank or
    -- direction-turning characters, no edge blanks.
    CONSTRAINT profiles_display_name_check CHECK (
        length(display_name) BETWEEN 1 AND 64
        AND display_name IS NFKC NORMALIZED
        AND display_name !~ (
            '[\u0001-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180B-\u180F\u200B-\u200F\u2028-\u202E\u2060-\u206F'
            '\u2800\uFEFF\uFFF9-\uFFFB]'
        )
        AND display_name = btrim(display_name)
    ),
    CONSTRAINT profiles_country_check CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT profiles_timezone_check CHECK (timezone ~ '^[A-Za-z0-9_+/-]{1,64}$'),
    CONSTRAINT profiles_preferences_check CHECK (
        jsonb_typeof(preferences) = 'object' AND pg_column_size(preferences) <= 8192
    )
);

COMMENT ON TABLE identity.profiles IS
'What a customer says of themself and wants to see. Nothing here decides what they may do.';
COMMENT ON COLUMN identity.profiles.display_name IS 'NULL until the user chose one. [personal]';
COMMENT ON COLUMN identity.profiles.country IS 'ISO 3166-1 alpha-2; NULL when unknown. [personal]';
COMMENT ON COLUMN identity.profiles.timezone IS
'IANA name, for display alone: everything is kept in UTC. [personal]';
COMMENT ON COLUMN identity.profiles.reporting_asset_id IS 'Asset that totals are shown in; NULL for the platform''s.';
COMMENT ON COLUMN identity.profiles.preferences IS 'Settings of the client program, at most 8 kB. [personal]';
COMMENT ON COLUMN identity.profiles.updated_at IS 'When the row was last written. [not audited: the record has its own time]';

CREATE INDEX profiles_reporting_asset_id_idx ON identity.profiles (reporting_asset_id)
WHERE reporting_asset_id IS NOT NULL;

CREATE TRIGGER profiles_touch
BEFORE UPDATE ON identity.profiles
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION identity.profiles_audit()
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
            said.*, 'identity.profiles', c.operation, c.row_key,
            CASE WHEN c.operation <> 'INSERT' THEN ('{' || c.before || '}')::jsonb END,
            CASE WHEN c.operation <> 'DELETE' THEN ('{' || c.after || '}')::jsonb END
        FROM (
            SELECT
                CASE
                    WHEN n.user_id IS NULL THEN 'DELETE'
                    WHEN o.user_id IS NULL THEN 'INSERT'
                    ELSE 'UPDATE'
                END AS operation,
                coalesce(o.user_id, n.user_id)::text AS row_key,
                concat_ws(
                    ',',
                    audit.changed('user_id', o.user_id IS DISTINCT FROM n.user_id, '"' || o.user_id || '"'),
                    audit.changed(
                        'display_name', o.display_name IS DISTINCT FROM n.display_name,
                        CASE WHEN o.display_name IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'country', o.country IS DISTINCT FROM n.country,
                        CASE WHEN o.country IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'timezone', o.timezone IS DISTINCT FROM n.timezone,
                        CASE WHEN o.timezone IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'reporting_asset_id', o.reporting_asset_id IS DISTINCT FROM n.reporting_asset_id,
                        o.reporting_asset_id::text
                    ),
                    audit.changed(
                        'preferences', o.preferences IS DISTINCT FROM n.preferences,
                        CASE WHEN o.preferences IS NOT NULL THEN '"[personal]"' END
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('user_id', o.user_id IS DISTINCT FROM n.user_id, '"' || n.user_id || '"'),
                    audit.changed(
                        'display_name', o.display_name IS DISTINCT FROM n.display_name,
                        CASE WHEN n.display_name IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'country', o.country IS DISTINCT FROM n.country,
                        CASE WHEN n.country IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'timezone', o.timezone IS DISTINCT FROM n.timezone,
                        CASE WHEN n.timezone IS NOT NULL THEN '"[personal]"' END
                    ),
                    audit.changed(
                        'reporting_asset_id', o.reporting_asset_id IS DISTINCT FROM n.reporting_asset_id,
                        n.reporting_asset_id::text
                    ),
                    audit.changed(
                        'preferences', o.preferences IS DISTINCT FROM n.preferences,
                        CASE WHEN n.preferences IS NOT NULL THEN '"[personal]"' END
                    )
                ) AS after
            FROM old_rows AS o
            FULL JOIN new_rows AS n ON n.user_id = o.user_id
            OFFSET 0
        ) AS c
        WHERE c.after <> '';
    ELSIF tg_op = 'INSERT' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, after
        )
        SELECT
            said.*, 'identity.profiles', tg_op, n.user_id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('user_id', TRUE, '"' || n.user_id || '"'),
                audit.changed('display_name', TRUE, CASE WHEN n.display_name IS NOT NULL THEN '"[personal]"' END),
                audit.changed('country', TRUE, CASE WHEN n.country IS NOT NULL THEN '"[personal]"' END),
                audit.changed('timezone', TRUE, CASE WHEN n.timezone IS NOT NULL THEN '"[personal]"' END),
                audit.changed('reporting_asset_id', TRUE, n.reporting_asset_id::text),
                audit.changed('preferences', TRUE, CASE WHEN n.preferences IS NOT NULL THEN '"[personal]"' END)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'identity.profiles', tg_op, o.user_id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('user_id', TRUE, '"' || o.user_id || '"'),
                audit.changed('display_name', TRUE, CASE WHEN o.display_name IS NOT NULL THEN '"[personal]"' END),
                audit.changed('country', TRUE, CASE WHEN o.country IS NOT NULL THEN '"[personal]"' END),
                audit.changed('timezone', TRUE, CASE WHEN o.timezone IS NOT NULL THEN '"[personal]"' END),
                audit.changed('reporting_asset_id', TRUE, o.reporting_asset_id::text),
                audit.changed('preferences', TRUE, CASE WHEN o.preferences IS NOT NULL THEN '"[personal]"' END)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'identity.profiles', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION identity.profiles_audit() IS
'Trigger of identity.profiles: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.profiles_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

CREATE TRIGGER profiles_audit_insert
AFTER INSERT ON identity.profiles
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.profiles_audit();

CREATE TRIGGER profiles_audit_update
AFTER UPDATE ON identity.profiles
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.profiles_audit();

CREATE TRIGGER profiles_audit_delete
AFTER DELETE ON identity.profiles
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION identity.profiles_audit();

CREATE TRIGGER profiles_audit_truncate
AFTER TRUNCATE ON identity.profiles
FOR EACH STATEMENT EXECUTE FUNCTION identity.profiles_audit();

ALTER TABLE identity.profiles
ENABLE ALWAYS TRIGGER profiles_audit_insert,
ENABLE ALWAYS TRIGGER profiles_audit_update,
ENABLE ALWAYS TRIGGER profiles_audit_delete,
ENABLE ALWAYS TRIGGER profiles_audit_truncate;

-- No policy yet: until identity/profiles_access is deployed nobody sees a row, its owner included.
ALTER TABLE identity.profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.profiles FORCE ROW LEVEL SECURITY;

COMMIT;
