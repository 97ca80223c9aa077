-- Deploy tradebase:market/assets to pg
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

-- No policy yet: until market/assets_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.assets ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.assets FORCE ROW LEVEL SECURITY;

COMMIT;
