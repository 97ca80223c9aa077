-- Verify tradebase:system/rollback_config on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'system.rollback_config(text, integer)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'system.rollback_config: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'system.rollback_config: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'system.rollback_config: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'system.rollback_config: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'system.rollback_config: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'system.rollback_config: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'system', 'CREATE'), 'tradebase_kernel may create in system';
END
$$;

ROLLBACK;
