-- Deploy tradebase:system/config_history to pg
-- requires: core/made_by
-- requires: core/refuse_change
-- requires: system/system_config_access

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE system.config_history (
    key        text        NOT NULL,
    version    integer     NOT NULL,
    value      jsonb       NOT NULL,
    reason     text,
    changed_by jsonb       NOT NULL,
    changed_at timestamptz NOT NULL,

    CONSTRAINT config_history_pkey PRIMARY KEY (key, version),
    CONSTRAINT config_history_key_fkey FOREIGN KEY (key) REFERENCES system.system_config (key),
    CONSTRAINT config_history_value_check CHECK (pg_column_size(value) <= 8192),
    CONSTRAINT config_history_reason_check CHECK (length(reason) <= 500),
    CONSTRAINT config_history_changed_by_check CHECK (pg_column_size(changed_by) <= 1000)
);

COMMENT ON TABLE system.config_history IS
'A value that a setting had, or has: append-only, written by a trigger, so that no way of changing one goes unrecorded. '
'[not audited: it is the record of every value]';
COMMENT ON COLUMN system.config_history.version IS 'Counted from 1 for each key; the greatest is what is in force.';
COMMENT ON COLUMN system.config_history.reason IS
'What system.set_config_value() was told; NULL when a release changed it. [kept: about the platform, not a person]';
COMMENT ON COLUMN system.config_history.changed_by IS 'See core.made_by().';

CREATE FUNCTION system.config_history_write()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF tg_op = 'INSERT' OR new.version <> old.version THEN
        INSERT INTO system.config_history (key, version, value, reason, changed_by, changed_at)
        VALUES (
            new.key, new.version, new.value, left(nullif(current_setting('tradebase.reason', TRUE), ''), 500), core.made_by(),
            new.updated_at
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION system.config_history_write() IS
'Trigger of system.system_config: every value it gets is a row of system.config_history.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.config_history_write() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

CREATE TRIGGER system_config_history
AFTER INSERT OR UPDATE ON system.system_config
FOR EACH ROW EXECUTE FUNCTION system.config_history_write();

CREATE TRIGGER config_history_append_only
BEFORE UPDATE OR DELETE ON system.config_history
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('system.config_history');

CREATE TRIGGER config_history_no_truncate
BEFORE TRUNCATE ON system.config_history
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('system.config_history');

ALTER TABLE system.config_history
ENABLE ALWAYS TRIGGER config_history_append_only,
ENABLE ALWAYS TRIGGER config_history_no_truncate;

INSERT INTO system.config_history (key, version, value, changed_by, changed_at)
SELECT c.key, c.version, c.value, core.made_by(), c.updated_at FROM system.system_config AS c;

-- No policy yet: until system/config_history_access is deployed nobody sees a row, its owner included.
ALTER TABLE system.config_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE system.config_history FORCE ROW LEVEL SECURITY;

COMMIT;
