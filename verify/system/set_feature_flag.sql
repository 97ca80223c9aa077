-- Verify tradebase:system/set_feature_flag on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'system.set_feature_flag(text, text, boolean, integer, boolean, uuid[], uuid[], boolean, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'system.set_feature_flag: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'system.set_feature_flag: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'system.set_feature_flag: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'system.set_feature_flag: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'system.set_feature_flag: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'system.set_feature_flag: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'system', 'CREATE'), 'tradebase_kernel may create in system';
END
$$;

ROLLBACK;
