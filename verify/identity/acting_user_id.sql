-- Verify tradebase:identity/acting_user_id on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.acting_user_id()';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.acting_user_id: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.acting_user_id: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'identity.acting_user_id: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.acting_user_id: anon may execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.acting_user_id: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.acting_user_id: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
