-- Verify tradebase:portfolio/compute_analytics on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.compute_analytics(uuid, date, text[])';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'portfolio.compute_analytics: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.compute_analytics: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        'portfolio.compute_analytics: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.compute_analytics: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.compute_analytics: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'portfolio.compute_analytics: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'portfolio.compute_analytics: tradebase_operator may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'portfolio', 'CREATE'),
        'tradebase_kernel may create in portfolio';
END
$$;

ROLLBACK;
