-- Verify tradebase:portfolio/cancel_withdrawal on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.cancel_withdrawal(uuid)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'portfolio.cancel_withdrawal: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.cancel_withdrawal: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.cancel_withdrawal: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'portfolio.cancel_withdrawal: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'portfolio.cancel_withdrawal: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'portfolio.cancel_withdrawal: tradebase_operator may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'portfolio', 'CREATE'),
        'tradebase_kernel may create in portfolio';
END
$$;

ROLLBACK;
