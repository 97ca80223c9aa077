-- Verify tradebase:system/topic_version on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'system.topic_version(text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'system.topic_version: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'system.topic_version: search_path is not pinned';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'system.topic_version: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'system.topic_version: authenticated may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'system.topic_version: public may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'system', 'CREATE'), 'tradebase_kernel may create in system';
END
$$;

ROLLBACK;
