-- Verify tradebase:market/set_valuation_market on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.set_valuation_market(text, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'market.set_valuation_market: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.set_valuation_market: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'market.set_valuation_market: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'market.set_valuation_market: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'market.set_valuation_market: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'market.set_valuation_market: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_engine', f, 'EXECUTE'),
        'market.set_valuation_market: tradebase_engine may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'market', 'CREATE'),
        'tradebase_kernel may create in market';
END
$$;

ROLLBACK;
