-- Verify tradebase:market/set_market_status on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.set_market_status(text, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'market.set_market_status: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.set_market_status: search_path is not pinned';
    ASSERT has_column_privilege('tradebase_kernel', 'market.markets', 'status', 'UPDATE'),
        'market.set_market_status: the kernel may not write the status';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'market.set_market_status: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'market.set_market_status: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'market.set_market_status: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'market', 'CREATE'), 'tradebase_kernel may create in market';
END
$$;

ROLLBACK;
