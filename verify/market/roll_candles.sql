-- Verify tradebase:market/roll_candles on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.roll_candles(text, bigint, integer)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'market.roll_candles: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.roll_candles: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        'market.roll_candles: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'market.roll_candles: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'market.roll_candles: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'market', 'CREATE'),
        'tradebase_kernel may create in market';
END
$$;

ROLLBACK;
