-- Deploy tradebase:system/system_config to pg
-- requires: core/current_user_id

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE system.system_config (
    key         text        NOT NULL,
    value       jsonb       NOT NULL,
    description text        NOT NULL,
    is_public   boolean     NOT NULL DEFAULT FALSE,
    updated_by  uuid,
    updated_at  timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT system_config_pkey PRIMARY KEY (key),
    CONSTRAINT system_config_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    -- A setting that nobody can read must not be written: the kill switch above all.
    CONSTRAINT system_config_value_check CHECK (
        pg_column_size(value) <= 8192
        AND CASE key
            WHEN 'trading_enabled' THEN jsonb_typeof(value) = 'boolean'
            WHEN 'reporting_asset' THEN coalesce(value #>> '{}' ~ '^[A-Z0-9][A-Z0-9.]{0,31}$', FALSE)
            WHEN 'max_order_age' THEN coalesce(value #>> '{}' ~ '^[1-9][0-9]{0,3} days?$', FALSE)
            WHEN 'idempotency_retention' THEN coalesce(value #>> '{}' ~ '^[1-9][0-9]{0,3} days?$', FALSE)
            WHEN 'price_collar_pct' THEN jsonb_typeof(value) = 'number' AND value BETWEEN '0.01' AND '100'
            ELSE TRUE
        END
    ),
    CONSTRAINT system_config_description_check CHECK (length(description) BETWEEN 1 AND 500)
);

COMMENT ON TABLE system.system_config IS 'A setting of the whole platform that an operator may change while it runs.';
COMMENT ON COLUMN system.system_config.is_public IS 'Clients may read it.';
COMMENT ON COLUMN system.system_config.updated_by IS
'User whose request changed it; NULL when changed without a request.';

CREATE FUNCTION system.system_config_stamp()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    new.updated_by := core.current_user_id();
    new.updated_at := clock_timestamp();
    RETURN new;
END
$$;

COMMENT ON FUNCTION system.system_config_stamp() IS
'Trigger of system.system_config: who changed a setting and when is never the statement''s to say.';

CREATE TRIGGER system_config_stamp
BEFORE UPDATE ON system.system_config
FOR EACH ROW EXECUTE FUNCTION system.system_config_stamp();

INSERT INTO system.system_config (key, value, description, is_public) VALUES
('trading_enabled', 'true', 'Kill switch: false refuses every new order.', TRUE),
('reporting_asset', '"USD"', 'Code of the asset that totals are shown in.', TRUE),
('price_collar_pct', '10', 'Percent that a market order may trade away from the best price it found.', TRUE),
('max_order_age', '"90 days"', 'Longest life of an order that has no end of its own.', TRUE),
('idempotency_retention', '"400 days"', 'How long a client''s key for a command stays taken.', TRUE);

-- No policy yet: until system/system_config_access is deployed nobody sees a row, its owner included.
ALTER TABLE system.system_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE system.system_config FORCE ROW LEVEL SECURITY;

COMMIT;
