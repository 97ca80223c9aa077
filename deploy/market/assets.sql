-- Deploy tradebase:market/assets to pg
-- requires: audit/trigger_body
-- requires: core/numbers

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE market.assets (
    id                  integer     GENERATED ALWAYS AS IDENTITY,
    code                text        NOT NULL,
    name                text        NOT NULL,
    kind                text        NOT NULL,
    scale               smallint    NOT NULL,
    display_scale       smallint    NOT NULL,
    status              text        NOT NULL DEFAULT 'active',
    withdraw_min        core.amount NOT NULL DEFAULT 0,
    withdraw_fee        core.amount NOT NULL DEFAULT 0,
    valuation_market_id integer,
    metadata            jsonb       NOT NULL DEFAULT '{}',
    created_at          timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT assets_pkey PRIMARY KEY (id),
    CONSTRAINT assets_code_key UNIQUE (code),
    CONSTRAINT assets_code_check CHECK (code ~ '^[A-Z0-9][A-Z0-9.]{0,31}$'),
    CONSTRAINT assets_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT assets_kind_check CHECK (kind IN ('fiat', 'stablecoin', 'crypto', 'equity', 'commodity', 'contract')),
    CONSTRAINT assets_scale_check CHECK (scale BETWEEN 0 AND 18),
    CONSTRAINT assets_display_scale_check CHECK (display_scale BETWEEN 0 AND scale),
    CONSTRAINT assets_withdraw_fee_check CHECK (min_scale(withdraw_fee) <= scale),
    CONSTRAINT assets_status_check CHECK (status IN ('active', 'deposit_only', 'withdraw_only', 'disabled')),
    CONSTRAINT assets_metadata_check CHECK (jsonb_typeof(metadata) = 'object' AND pg_column_size(metadata) <= 8192)
);

COMMENT ON TABLE market.assets IS 'A unit of account in the ledger: a currency, a coin, a share.';
COMMENT ON COLUMN market.assets.scale IS
'Decimals the ledger keeps; no amount of the asset has more. Never changes: amounts and markets were checked against '
'it.';
COMMENT ON COLUMN market.assets.display_scale IS 'Decimals to show; the ledger does not round to it.';
COMMENT ON COLUMN market.assets.withdraw_min IS 'Smallest withdrawal, in units of the asset.';
COMMENT ON COLUMN market.assets.withdraw_fee IS
'What a withdrawal costs on top of its amount, in units of the asset; one that was requested keeps what it found.';
COMMENT ON COLUMN market.assets.valuation_market_id IS
'Market whose price values the asset; NULL when it is the reporting asset or has no price.';

-- Balances, ledger and markets were checked against the scale they found.
CREATE FUNCTION market.assets_fix_scale()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'the scale of % is fixed', old.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'assets_fix_scale',
        DETAIL = jsonb_build_object('asset', old.code, 'scale', old.scale);
END
$$;

COMMENT ON FUNCTION market.assets_fix_scale() IS 'Trigger of market.assets: 23514 when the scale would change.';

CREATE TRIGGER assets_fix_scale
BEFORE UPDATE OF scale ON market.assets
FOR EACH ROW
WHEN (new.scale <> old.scale)
EXECUTE FUNCTION market.assets_fix_scale();

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION market.assets_audit()
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
            said.*, 'market.assets', c.operation, c.row_key,
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
                    audit.changed('code', o.code IS DISTINCT FROM n.code, to_json(o.code)::text),
                    audit.changed('name', o.name IS DISTINCT FROM n.name, to_json(o.name)::text),
                    audit.changed('kind', o.kind IS DISTINCT FROM n.kind, to_json(o.kind)::text),
                    audit.changed('scale', o.scale IS DISTINCT FROM n.scale, o.scale::text),
                    audit.changed(
                        'display_scale', o.display_scale IS DISTINCT FROM n.display_scale,
                        o.display_scale::text
                    ),
                    audit.changed('status', o.status IS DISTINCT FROM n.status, to_json(o.status)::text),
                    audit.changed(
                        'withdraw_min', o.withdraw_min IS DISTINCT FROM n.withdraw_min,
                        '"' || o.withdraw_min || '"'
                    ),
                    audit.changed(
                        'withdraw_fee', o.withdraw_fee IS DISTINCT FROM n.withdraw_fee,
                        '"' || o.withdraw_fee || '"'
                    ),
                    audit.changed(
                        'valuation_market_id', o.valuation_market_id IS DISTINCT FROM n.valuation_market_id,
                        o.valuation_market_id::text
                    ),
                    audit.changed('metadata', o.metadata IS DISTINCT FROM n.metadata, o.metadata::text),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(o.created_at)::text
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, n.id::text),
                    audit.changed('code', o.code IS DISTINCT FROM n.code, to_json(n.code)::text),
                    audit.changed('name', o.name IS DISTINCT FROM n.name, to_json(n.name)::text),
                    audit.changed('kind', o.kind IS DISTINCT FROM n.kind, to_json(n.kind)::text),
                    audit.changed('scale', o.scale IS DISTINCT FROM n.scale, n.scale::text),
                    audit.changed(
                        'display_scale', o.display_scale IS DISTINCT FROM n.display_scale,
                        n.display_scale::text
                    ),
                    audit.changed('status', o.status IS DISTINCT FROM n.status, to_json(n.status)::text),
                    audit.changed(
                        'withdraw_min', o.withdraw_min IS DISTINCT FROM n.withdraw_min,
                        '"' || n.withdraw_min || '"'
                    ),
                    audit.changed(
                        'withdraw_fee', o.withdraw_fee IS DISTINCT FROM n.withdraw_fee,
                        '"' || n.withdraw_fee || '"'
                    ),
                    audit.changed(
                        'valuation_market_id', o.valuation_market_id IS DISTINCT FROM n.valuation_market_id,
                        n.valuation_market_id::text
                    ),
                    audit.changed('metadata', o.metadata IS DISTINCT FROM n.metadata, n.metadata::text),
                    audit.changed(
                        'created_at', o.created_at IS DISTINCT FROM n.created_at,
                        to_json(n.created_at)::text
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
            said.*, 'market.assets', tg_op, n.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, n.id::text),
                audit.changed('code', TRUE, to_json(n.code)::text),
                audit.changed('name', TRUE, to_json(n.name)::text),
                audit.changed('kind', TRUE, to_json(n.kind)::text),
                audit.changed('scale', TRUE, n.scale::text),
                audit.changed('display_scale', TRUE, n.display_scale::text),
                audit.changed('status', TRUE, to_json(n.status)::text),
                audit.changed('withdraw_min', TRUE, '"' || n.withdraw_min || '"'),
                audit.changed('withdraw_fee', TRUE, '"' || n.withdraw_fee || '"'),
                audit.changed('valuation_market_id', TRUE, n.valuation_market_id::text),
                audit.changed('metadata', TRUE, n.metadata::text),
                audit.changed('created_at', TRUE, to_json(n.created_at)::text)
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'market.assets', tg_op, o.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, o.id::text),
                audit.changed('code', TRUE, to_json(o.code)::text),
                audit.changed('name', TRUE, to_json(o.name)::text),
                audit.changed('kind', TRUE, to_json(o.kind)::text),
                audit.changed('scale', TRUE, o.scale::text),
                audit.changed('display_scale', TRUE, o.display_scale::text),
                audit.changed('status', TRUE, to_json(o.status)::text),
                audit.changed('withdraw_min', TRUE, '"' || o.withdraw_min || '"'),
                audit.changed('withdraw_fee', TRUE, '"' || o.withdraw_fee || '"'),
                audit.changed('valuation_market_id', TRUE, o.valuation_market_id::text),
                audit.changed('metadata', TRUE, o.metadata::text),
                audit.changed('created_at', TRUE, to_json(o.created_at)::text)
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'market.assets', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION market.assets_audit() IS
'Trigger of market.assets: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.assets_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

CREATE TRIGGER assets_audit_insert
AFTER INSERT ON market.assets
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION market.assets_audit();

CREATE TRIGGER assets_audit_update
AFTER UPDATE ON market.assets
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION market.assets_audit();

CREATE TRIGGER assets_audit_delete
AFTER DELETE ON market.assets
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION market.assets_audit();

CREATE TRIGGER assets_audit_truncate
AFTER TRUNCATE ON market.assets
FOR EACH STATEMENT EXECUTE FUNCTION market.assets_audit();

ALTER TABLE market.assets
ENABLE ALWAYS TRIGGER assets_audit_insert,
ENABLE ALWAYS TRIGGER assets_audit_update,
ENABLE ALWAYS TRIGGER assets_audit_delete,
ENABLE ALWAYS TRIGGER assets_audit_truncate;

-- No policy yet: until market/assets_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.assets ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.assets FORCE ROW LEVEL SECURITY;

COMMIT;
