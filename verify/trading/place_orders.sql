-- Verify tradebase:trading/place_orders on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.place_orders(jsonb)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'trading.place_orders: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.place_orders: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.place_orders: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'trading.place_orders: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.place_orders: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'trading', 'CREATE'),
        'tradebase_kernel may create in trading';
END
$$;

ROLLBACK;
