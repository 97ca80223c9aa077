-- Verify tradebase:trading/close_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.close_order(uuid, text, text, bigint)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'trading.close_order: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.close_order: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'),
        'trading.close_order: tradebase_engine may not execute it';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.close_order: service_role may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.close_order: authenticated may execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'trading.close_order: anon may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'trading', 'CREATE'),
        'tradebase_kernel may create in trading';
END
$$;

ROLLBACK;
