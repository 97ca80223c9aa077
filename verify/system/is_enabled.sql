-- Verify tradebase:system/is_enabled on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'system.is_enabled(text, uuid)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'system.is_enabled: runs with more than its caller''s rights';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'system.is_enabled: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'system.is_enabled: tradebase_kernel may not execute it';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'system.is_enabled: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'system.is_enabled: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'system.is_enabled: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'system.is_enabled: service_role may execute it';
END
$$;

ROLLBACK;
