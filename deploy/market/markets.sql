-- Deploy tradebase:market/markets to pg
-- requires: core/numbers
-- requires: core/touch_updated_at
-- requires: market/assets_access

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE market.markets (
    id              integer       GENERATED ALWAYS AS IDENTITY,
    symbol          text          NOT NULL,
    venue           text          NOT NULL DEFAULT 'tradebase',
    kind            text          NOT NULL DEFAULT 'spot',
    base_asset_id   integer       NOT NULL,
    quote_asset_id  integer       NOT NULL,
    status          text          NOT NULL DEFAULT 'pre_open',
    engine          text          NOT NULL DEFAULT 'embedded',
    engine_acks     boolean       NOT NULL DEFAULT FALSE,
    tick_size       core.price    NOT NULL,
    lot_size        core.quantity NOT NULL,
    min_quantity    core.quantity,
    max_quantity    core.quantity,
    min_notional    core.amount,
    max_notional    core.amount,
    price_band_pct  numeric,
    maker_fee_rate  core.fee_rate NOT NULL DEFAULT 0,
    taker_fee_rate  core.fee_rate NOT NULL DEFAULT 0,
    max_open_orders integer       NOT NULL DEFAULT 200,
    default_stp     text          NOT NULL DEFAULT 'cancel_taker',
    listed_at       timestamptz   NOT NULL DEFAULT now(),
    updated_at      timestamptz   NOT NULL DEFAULT now(),

    CONSTRAINT markets_pkey PRIMARY KEY (id),
    CONSTRAINT markets_symbol_key UNIQUE (symbol),
    CONSTRAINT markets_venue_base_asset_id_quote_asset_id_kind_key UNIQUE (venue, base_asset_id, quote_asset_id, kind),
    CONSTRAINT markets_base_asset_id_fkey FOREIGN KEY (base_asset_id) REFERENCES market.assets (id),
    CONSTRAINT markets_quote_asset_id_fkey FOREIGN KEY (quote_asset_id) REFERENCES market.assets (id),
    CONSTRAINT markets_pair_check CHECK (base_asset_id <> quote_asset_id),
    CONSTRAINT markets_symbol_check CHECK (symbol ~ '^([A-Z0-9]{1,32}:)?[A-Z0-9.]{1,32}-[A-Z0-9.]{1,32}(-PERP)?$'),
    CONSTRAINT markets_venue_check CHECK (venue ~ '^[a-z0-9]{1,32}$'),
    CONSTRAINT markets_kind_check CHECK (kind IN ('spot', 'perpetual', 'future', 'option', 'binary', 'cfd')),
    CONSTRAINT markets_status_check CHECK (
        status IN ('pre_open', 'open', 'post_only', 'cancel_only', 'halted', 'closed')
    ),
    CONSTRAINT markets_engine_check CHECK (engine IN ('embedded', 'external')),
    -- Margin and settlement of derivatives are out of scope: they are listed for their prices.
    CONSTRAINT markets_spot_check CHECK (kind = 'spot' OR status = 'closed'),
    CONSTRAINT markets_max_quantity_check CHECK (max_quantity >= min_quantity),
    CONSTRAINT markets_max_notional_check CHECK (max_notional >= min_notional),
    CONSTRAINT markets_price_band_pct_check CHECK (price_band_pct > 0 AND price_band_pct <= 100),
    CONSTRAINT markets_max_open_orders_check CHECK (max_open_orders BETWEEN 1 AND 100000),
    CONSTRAINT markets_default_stp_check CHECK (default_stp IN ('cancel_taker', 'cancel_maker', 'cancel_both'))
);

COMMENT ON TABLE market.markets IS
'A pair that can be traded, or is followed for its prices, and the rules an order in it must keep.';
COMMENT ON COLUMN market.markets.symbol IS
'BASE-QUOTE; of another venue VENUE:BASE-QUOTE; of a perpetual with -PERP behind it.';
COMMENT ON COLUMN market.markets.venue IS 'Where it is traded: tradebase is here.';
COMMENT ON COLUMN market.markets.status IS 'Only an open market accepts every order; what is not spot stays closed.';
COMMENT ON COLUMN market.markets.engine IS
'Who matches: embedded, this database; external, an engine that sends batches.';
COMMENT ON COLUMN market.markets.engine_acks IS
'An external engine acknowledges orders and ends them itself: until it does, they are pending, and a cancel is a '
'request.';
COMMENT ON COLUMN market.markets.tick_size IS 'Smallest price step, in the quote asset.';
COMMENT ON COLUMN market.markets.lot_size IS 'Smallest quantity step, in the base asset.';
COMMENT ON COLUMN market.markets.min_quantity IS
'Smallest order, in the base asset; NULL sets no limit beyond one lot.';
COMMENT ON COLUMN market.markets.max_quantity IS 'Largest order, in the base asset; NULL sets no limit.';
COMMENT ON COLUMN market.markets.min_notional IS
'Smallest price times quantity, in the quote asset; NULL sets no limit.';
COMMENT ON COLUMN market.markets.max_notional IS
'Largest price times quantity, in the quote asset; NULL sets no limit.';
COMMENT ON COLUMN market.markets.price_band_pct IS
'Percent that a limit price may lie away from the last price; NULL sets no band.';
COMMENT ON COLUMN market.markets.max_open_orders IS 'Open orders one user may have here.';
COMMENT ON COLUMN market.markets.default_stp IS 'Who is cancelled when a user would trade with themself.';

CREATE INDEX markets_base_asset_id_idx ON market.markets (base_asset_id);
CREATE INDEX markets_quote_asset_id_idx ON market.markets (quote_asset_id);

-- Each side of the pair points at the other: the asset's half of the ring could not be written before this table.
-- Nobody uses assets yet, so its lock and its scan cost nothing.
ALTER TABLE market.assets
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
ADD CONSTRAINT assets_valuation_market_id_fkey FOREIGN KEY (valuation_market_id) REFERENCES market.markets (id)
DEFERRABLE INITIALLY IMMEDIATE;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX assets_valuation_market_id_idx ON market.assets (valuation_market_id)
WHERE valuation_market_id IS NOT NULL;

CREATE FUNCTION market.markets_exact()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    base_scale  smallint;
    quote_scale smallint;
BEGIN
    SELECT b.scale, q.scale INTO base_scale, quote_scale
    FROM market.assets AS b, market.assets AS q
    WHERE b.id = new.base_asset_id AND q.id = new.quote_asset_id;

    IF min_scale(new.lot_size) > base_scale OR min_scale(new.tick_size) + min_scale(new.lot_size) > quote_scale THEN
        RAISE EXCEPTION 'price times quantity would not fit the ledger'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'markets_exact',
            DETAIL = jsonb_build_object(
                'symbol', new.symbol, 'tick_size', new.tick_size::text, 'lot_size', new.lot_size::text,
                'base_scale', base_scale, 'quote_scale', quote_scale
            ),
            HINT = 'tick_size and lot_size together have at most as many decimals as the quote asset''s scale, '
            'lot_size alone as the base asset''s.';
    END IF;
    RETURN new;
END
$$;

COMMENT ON FUNCTION market.markets_exact() IS
'Trigger of market.markets: with it price times quantity is exact in the quote asset''s ledger scale, and no notional '
'is ever rounded. 23514 when it would not be.';

CREATE TRIGGER markets_exact
BEFORE INSERT OR UPDATE OF tick_size, lot_size, base_asset_id, quote_asset_id ON market.markets
FOR EACH ROW EXECUTE FUNCTION market.markets_exact();

CREATE TRIGGER markets_touch
BEFORE UPDATE ON market.markets
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- It reads assets on behalf of whoever writes the market.
GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.markets_exact() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

-- No policy yet: until market/markets_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.markets ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.markets FORCE ROW LEVEL SECURITY;

COMMIT;
