-- Deploy tradebase:system/system_config to pg
-- requires: audit/trigger_body
-- requires: core/current_user_id

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE system.system_config (
    key         text        NOT NULL,
    value       jsonb       NOT NULL,
    value_type  text        NOT NULL,
    min_value   jsonb,
    max_value   jsonb,
    pattern     text,
    description text        NOT NULL,
    is_public   boolean     NOT NULL DEFAULT FALSE,
    version     integer     NOT NULL DEFAULT 1,
    updated_by  uuid,
    updated_at  timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT system_config_pkey PRIMARY KEY (key),
    CONSTRAINT system_config_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT system_config_value_type_check CHECK (
        CASE value_type
            WHEN 'boolean' THEN num_nonnulls(min_value, max_value, pattern) = 0
            WHEN 'number' THEN pattern IS NULL AND jsonb_typeof(min_value) || jsonb_typeof(max_value) = 'numbernumber'
            WHEN 'days' THEN pattern IS NULL AND jsonb_typeof(min_value) || jsonb_typeof(max_value) = 'numbernumber'
            WHEN 'text' THEN num_nonnulls(min_value, max_value) = 0 AND length(pattern) BETWEEN 1 AND 200
        END IS TRUE
    ),
    -- A setting that nobody can read must not be written: the kill switch above all.
    CONSTRAINT system_config_value_check CHECK (
        pg_column_size(value) <= 8192
        AND CASE value_type
            WHEN 'boolean' THEN jsonb_typeof(value) = 'boolean'
            WHEN 'number' THEN jsonb_typeof(value) = 'number' AND value BETWEEN min_value AND max_value
            WHEN 'days' THEN
                to_jsonb(substring(value #>> '{}' FROM '^([1-9][0-9]{0,3}) days?$')::integer)
                BETWEEN min_value AND max_value
            WHEN 'text' THEN jsonb_typeof(value) = 'string' AND value #>> '{}' ~ pattern
        END IS TRUE
    ),
    CONSTRAINT system_config_version_check CHECK (version >= 1),
    CONSTRAINT system_config_description_check CHECK (length(description) BETWEEN 1 AND 500)
);

COMMENT ON TABLE system.system_config IS 'A setting of the whole platform that an operator may change while it runs.';
COMMENT ON COLUMN system.system_config.value_type IS
'What a value is: boolean, number, days (a text like "90 days") or text.';
COMMENT ON COLUMN system.system_config.min_value IS 'The least number, or number of days; NULL for other types.';
COMMENT ON COLUMN system.system_config.max_value IS 'The greatest number, or number of days; NULL for other types.';
COMMENT ON COLUMN system.system_config.pattern IS 'Regular expression that a text matches; NULL for other types.';
COMMENT ON COLUMN system.system_config.version IS 'One more with every value; system.config_history has them all.';
COMMENT ON COLUMN system.system_config.is_public IS 'Clients may read it.';
COMMENT ON COLUMN system.system_config.updated_at IS 'When the row was last written. [not audited: the record has its own time]';
COMMENT ON COLUMN system.system_config.updated_by IS
'User whose request changed it; NULL when changed without a request. [not audited: the record says who]';

CREATE FUNCTION system.system_config_stamp()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    new.version := old.version + (new.value <> old.value)::integer;
    new.updated_by := core.current_user_id();
    new.updated_at := clock_timestamp();
    RETURN new;
END
$$;

COMMENT ON FUNCTION system.system_config_stamp() IS
'Trigger of system.system_config: who changed a setting, when, and which version it is, is never the statement''s to say.';

CREATE TRIGGER system_config_stamp
BEFORE UPDATE ON system.system_config
FOR EACH ROW EXECUTE FUNCTION system.system_config_stamp();

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION system.system_config_audit()
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
            said.*, 'system.system_config', c.operation, c.row_key,
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
                    audit.changed('value', o.value IS DISTINCT FROM n.value, o.value::text),
                    audit.changed(
                        'value_type', o.value_type IS DISTINCT FROM n.value_type,
                        to_json(o.value_type)::text
                    ),
                    audit.changed('min_value', o.min_value IS DISTINCT FROM n.min_value, o.min_value::text),
                    audit.changed('max_value', o.max_value IS DISTINCT FROM n.max_value, o.max_value::text),
                    audit.changed('pattern', o.pattern IS DISTINCT FROM n.pattern, to_json(o.pattern)::text),
                    audit.changed(
                        'description', o.description IS DISTINCT FROM n.description,
                        to_json(o.description)::text
                    ),
                    audit.changed('is_public', o.is_public IS DISTINCT FROM n.is_public, o.is_public::text),
                    audit.changed('version', o.version IS DISTINCT FROM n.version, o.version::text)
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('key', o.key IS DISTINCT FROM n.key, to_json(n.key)::text),
                    audit.changed('value', o.value IS DISTINCT FROM n.value, n.value::text),
                    audit.changed(
                        'value_type', o.value_type IS DISTINCT FROM n.value_type,
                        to_json(n.value_type)::text
                    ),
                    audit.changed('min_value', o.min_value IS DISTINCT FROM n.min_value, n.min_value::text),
                    audit.changed('max_value', o.max_value IS DISTINCT FROM n.max_value, n.max_value::text),
                    audit.changed('pattern', o.pattern IS DISTINCT FROM n.pattern, to_json(n.pattern)::text),
                    audit.changed(
                        'description', o.description IS DISTINCT FROM n.description,
                        to_json(n.description)::text
                    ),
                    audit.changed('is_public', o.is_public IS DISTINCT FROM n.is_public, n.is_public::text),
                    audit.changed('version', o.version IS DISTINCT FROM n.version, n.version::text)
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
            said.*, 'system.system_config', tg_op, n.key::text,
            ('{' || concat_ws(
                ',',
                audit.changed('key', TRUE, to_json(n.key)::text),
                audit.changed('value', TRUE, n.value::text),
                audit.changed('value_type', TRUE, to_json(n.value_type)::text),
                audit.changed('min_value', TRUE, n.min_value::text),
                audit.changed('max_value', TRUE, n.max_value::text),
                audit.changed('pattern', TRUE, to_json(n.pattern)::text),
                audit.changed('description', TRUE, to_json(n.description)::text),
                audit.changed('is_public', TRUE, n.is_public::text),
                audit.changed('version', TRUE, n.version::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'system.system_config', tg_op, o.key::text,
            ('{' || concat_ws(
                ',',
                audit.changed('key', TRUE, to_json(o.key)::text),
                audit.changed('value', TRUE, o.value::text),
                audit.changed('value_type', TRUE, to_json(o.value_type)::text),
                audit.changed('min_value', TRUE, o.min_value::text),
                audit.changed('max_value', TRUE, o.max_value::text),
                audit.changed('pattern', TRUE, to_json(o.pattern)::text),
                audit.changed('description', TRUE, to_json(o.description)::text),
                audit.changed('is_public', TRUE, o.is_public::text),
                audit.changed('version', TRUE, o.version::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'system.system_config', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION system.system_config_audit() IS
'Trigger of system.system_config: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.system_config_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

CREATE TRIGGER system_config_audit_insert
AFTER INSERT ON system.system_config
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION system.system_config_audit();

CREATE TRIGGER system_config_audit_update
AFTER UPDATE ON system.system_config
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION system.system_config_audit();

CREATE TRIGGER system_config_audit_delete
AFTER DELETE ON system.system_config
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION system.system_config_audit();

CREATE TRIGGER system_config_audit_truncate
AFTER TRUNCATE ON system.system_config
FOR EACH STATEMENT EXECUTE FUNCTION system.system_config_audit();

ALTER TABLE system.system_config
ENABLE ALWAYS TRIGGER system_config_audit_insert,
ENABLE ALWAYS TRIGGER system_config_audit_update,
ENABLE ALWAYS TRIGGER system_config_audit_delete,
ENABLE ALWAYS TRIGGER system_config_audit_truncate;

INSERT INTO system.system_config (key, value, value_type, min_value, max_value, pattern, description, is_public) VALUES
('trading_enabled', 'true', 'boolean', NULL, NULL, NULL, 'Kill switch: false refuses every new order.', TRUE),
(
    'reporting_asset', '"USD"', 'text', NULL, NULL, '^[A-Z0-9][A-Z0-9.]{0,31}$',
    'Code of the asset that totals are shown in.', TRUE
),
(
    'price_collar_pct', '10', 'number', '0.01', '100', NULL,
    'Percent that a market order may trade away from the best price it found.', TRUE
),
(
    'max_order_age', '"90 days"', 'days', '1', '3650', NULL,
    'Longest life of an order that has no end of its own.', TRUE
),
(
    'idempotency_retention', '"400 days"', 'days', '1', '3650', NULL,
    'How long a client''s key for a command stays taken.', TRUE
),
(
    'session_required', 'false', 'boolean', NULL, NULL, NULL,
    'True refuses commands whose token names no session; one that names a session needs it alive in any case.', FALSE
),
(
    'session_lifetime', '"30 days"', 'days', '1', '400', NULL,
    'How long a session lasts at most, however often it is used.', FALSE
),
(
    'periods_per_year', '365', 'number', '1', '366', NULL,
    'Days with a return in a year: 365 where markets never close, 252 where they have sessions.', TRUE
),
(
    'risk_free_rate', '0', 'number', '-0.5', '1', NULL,
    'Return of a year without risk, a fraction: what the Sharpe ratio compares with.', TRUE
),
(
    'minimum_acceptable_return', '0', 'number', '-0.5', '1', NULL,
    'Return of a year below which the Sortino ratio sees a loss, a fraction.', TRUE
),
(
    'storage_capacity_gib', '0', 'number', '0', '1000000000', NULL,
    'Room for this database on its disk, in GiB: what days until full are reckoned with. 0: not known.', FALSE
),
-- What monitoring.health() warns of, and calls critical: the two numbers.
(
    'health_backup', '"26 50"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Hours since a good backup: a warning, and critical.', FALSE
),
(
    'health_drill', '"32 35"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Days since a good recovery drill: a warning, and critical.', FALSE
),
(
    'health_archive', '"0 60"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Seconds that WAL has not gone into the archive while it fails: a warning, and critical.', FALSE
),
(
    'health_replication', '"64 1024"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'MiB of WAL that a replica has not replayed: a warning, and critical.', FALSE
),
(
    'health_slots', '"512 2048"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'MiB of WAL kept for a replication slot: a warning, and critical.', FALSE
),
(
    'health_connections', '"70 90"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Percent of the connections that there may be: a warning, and critical.', FALSE
),
(
    'health_pool', '"1 5"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Seconds that a client waits for a connection of the pool: a warning, and critical.', FALSE
),
(
    'health_blocking', '"5 60"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Seconds that somebody waits for a lock: a warning, and critical.', FALSE
),
(
    'health_long_transaction', '"300 1800"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Seconds that a transaction is open: a warning, and critical.', FALSE
),
(
    'health_statements', '"2 5"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Times as long as before the baseline that a statement takes: a warning, and critical.', FALSE
),
(
    'health_storage', '"60 14"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Days until the disk is full: a warning, and critical.', FALSE
),
(
    'health_bloat', '"50 80"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Percent of a relation that is bloat: a warning, and critical.', FALSE
),
(
    'health_freeze', '"400 1000"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Millions of transactions since a database was frozen: a warning, and critical.', FALSE
),
(
    'health_outbox', '"30 300"', 'text', NULL, NULL,
    '^[0-9]{1,9}([.][0-9]{1,3})? [0-9]{1,9}([.][0-9]{1,3})?$',
    'Seconds that an event waits for a consumer: a warning, and critical.', FALSE
);

-- No policy yet: until system/system_config_access is deployed nobody sees a row, its owner included.
ALTER TABLE system.system_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE system.system_config FORCE ROW LEVEL SECURITY;

COMMIT;
