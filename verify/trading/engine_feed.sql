-- Verify tradebase:trading/engine_feed on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.engine_feed(text, bigint, integer)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'trading.engine_feed: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.engine_feed: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'),
        'trading.engine_feed: tradebase_engine may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.engine_feed: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.engine_feed: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'trading', 'CREATE'),
        'tradebase_kernel may create in trading';
END
$$;

ROLLBACK;
