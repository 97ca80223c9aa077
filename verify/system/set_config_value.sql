-- Verify tradebase:system/set_config_value on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'system.set_config_value(text, jsonb, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'system.set_config_value: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'system.set_config_value: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'system.set_config_value: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'system.set_config_value: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'system.set_config_value: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'system.set_config_value: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'system', 'CREATE'), 'tradebase_kernel may create in system';
END
$$;

ROLLBACK;
