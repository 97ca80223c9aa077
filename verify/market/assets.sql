-- Verify tradebase:market/assets on pg

BEGIN;

SELECT id, code, name, kind, scale, display_scale, status, withdraw_min, withdraw_fee, valuation_market_id,
    metadata, created_at
FROM market.assets
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'market.assets'::regclass),
        'market.assets: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'market.assets'::regclass),
        'market.assets: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'market.assets'::regclass AND tgname = 'assets_fix_scale' AND tgenabled = 'O'
    ),
        'market.assets: trigger assets_fix_scale is missing or disabled';
END
$$;

ROLLBACK;
