-- Verify tradebase:market/markets on pg

BEGIN;

SELECT id, symbol, venue, kind, base_asset_id, quote_asset_id, status, engine, engine_acks, tick_size, lot_size,
    min_quantity, max_quantity, min_notional, max_notional, price_band_pct, maker_fee_rate, taker_fee_rate,
    max_open_orders, default_stp, listed_at, updated_at
FROM market.markets
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'market.markets'::regclass),
        'market.markets: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'market.markets'::regclass),
        'market.markets: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'market.markets'::regclass AND tgname = 'markets_exact' AND tgenabled = 'O'
    ),
        'market.markets: trigger markets_exact is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'market.markets'::regclass AND tgname = 'markets_touch' AND tgenabled = 'O'
    ),
        'market.markets: trigger markets_touch is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = 'market.assets'::regclass AND conname = 'assets_valuation_market_id_fkey' AND convalidated
    ),
        'market.assets: nothing checks valuation_market_id';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'market', 'CREATE'), 'tradebase_kernel may create in market';
END
$$;

ROLLBACK;
