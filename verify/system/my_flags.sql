-- Verify tradebase:system/my_flags on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'system.my_flags()';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'system.my_flags: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'system.my_flags: search_path is not pinned';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'system.my_flags: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'system.my_flags: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'system.my_flags: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'system', 'CREATE'), 'tradebase_kernel may create in system';
END
$$;

ROLLBACK;
