-- Verify tradebase:api/markets on pg

BEGIN;

SELECT symbol, venue, kind, base_asset, quote_asset, status, tick_size, lot_size, min_quantity, max_quantity,
    min_notional, max_notional, price_band_pct, maker_fee_rate, taker_fee_rate, max_open_orders, default_stp,
    listed_at
FROM api.markets
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.markets'::regclass),
        'api.markets: runs with its owner''s rights';
    ASSERT has_table_privilege('anon', 'api.markets', 'SELECT'), 'api.markets: anon cannot read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.markets', 'INSERT, UPDATE'),
        'api.markets: authenticated can write through it';
    ASSERT has_function_privilege('anon', 'api.base(api.markets)', 'EXECUTE'), 'api.base(): anon may not execute it';
    ASSERT has_function_privilege('anon', 'api.quote(api.markets)', 'EXECUTE'), 'api.quote(): anon may not execute it';
END
$$;

ROLLBACK;
