-- Verify tradebase:portfolio/post_journal on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'portfolio.post_journal(uuid, text, uuid, uuid[], integer[], numeric[], numeric[])';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'portfolio.post_journal: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'portfolio.post_journal: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'portfolio.post_journal: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'portfolio.post_journal: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'portfolio.post_journal: authenticated may execute it';
END
$$;

ROLLBACK;
