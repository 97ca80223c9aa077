-- Verify tradebase:market/set_mark_price on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.set_mark_price(text, numeric, timestamptz)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'market.set_mark_price: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.set_mark_price: search_path is not pinned';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'market.set_mark_price: service_role may not execute it';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'),
        'market.set_mark_price: tradebase_engine may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'market.set_mark_price: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'market.set_mark_price: authenticated may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'market.set_mark_price: tradebase_operator may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'market', 'CREATE'),
        'tradebase_kernel may create in market';
END
$$;

ROLLBACK;
