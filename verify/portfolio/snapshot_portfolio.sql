-- Verify tradebase:portfolio/snapshot_portfolio on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.snapshot_portfolio(text, timestamptz, uuid[], boolean)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'portfolio.snapshot_portfolio: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.snapshot_portfolio: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        'portfolio.snapshot_portfolio: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.snapshot_portfolio: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.snapshot_portfolio: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'portfolio.snapshot_portfolio: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'portfolio.snapshot_portfolio: tradebase_operator may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'portfolio', 'CREATE'),
        'tradebase_kernel may create in portfolio';
END
$$;

ROLLBACK;
