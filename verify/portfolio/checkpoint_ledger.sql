-- Verify tradebase:portfolio/checkpoint_ledger on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.checkpoint_ledger(timestamptz)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'portfolio.checkpoint_ledger: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.checkpoint_ledger: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        'portfolio.checkpoint_ledger: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.checkpoint_ledger: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'portfolio.checkpoint_ledger: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'portfolio', 'CREATE'),
        'tradebase_kernel may create in portfolio';
END
$$;

ROLLBACK;
