-- Verify tradebase:trading/place_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure
    := 'trading.place_order(text, text, text, numeric, numeric, text, text, boolean, timestamptz, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'trading.place_order: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.place_order: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.place_order: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'trading.place_order: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.place_order: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'trading', 'CREATE'),
        'tradebase_kernel may create in trading';
END
$$;

ROLLBACK;
