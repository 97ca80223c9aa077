-- Verify tradebase:portfolio/tell_transfer on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.tell_transfer(portfolio.transfers)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.tell_transfer: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'), 'portfolio.tell_transfer: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'portfolio.tell_transfer: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'portfolio.tell_transfer: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'portfolio.tell_transfer: service_role may execute it';
END
$$;

ROLLBACK;
