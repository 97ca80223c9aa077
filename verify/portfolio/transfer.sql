-- Verify tradebase:portfolio/transfer on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.transfer(uuid, text, numeric, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'portfolio.transfer: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.transfer: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.transfer: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.transfer: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'portfolio.transfer: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'portfolio.transfer: tradebase_operator may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'portfolio', 'CREATE'),
        'tradebase_kernel may create in portfolio';
END
$$;

ROLLBACK;
