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
    CONSTRAINT assets_status_check CHECK (status IN ('active', 'deposit_only', 'withdraw_only', 'disabled')),
    CONSTRAINT assets_metadata_check CHECK (jsonb_typeof(metadata) = 'object' AND pg_column_size(metadata) <= 8192)
);

COMMENT ON TABLE market.assets IS 'A unit of account in the ledger: a currency, a coin, a share.';
COMMENT ON COLUMN market.assets.scale IS
'Decimals the ledger keeps; no amount of the asset has more. Fixed once anybody has a balance in it.';
COMMENT ON COLUMN market.assets.display_scale IS 'Decimals to show; the ledger does not round to it.';
COMMENT ON COLUMN market.assets.withdraw_min IS 'Smallest withdrawal, in units of the asset.';
COMMENT ON COLUMN market.assets.valuation_market_id IS
'Market whose price values the asset; NULL when it is the reporting asset or has no price.';

-- No policy yet: until market/assets_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.assets ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.assets FORCE ROW LEVEL SECURITY;

COMMIT;
