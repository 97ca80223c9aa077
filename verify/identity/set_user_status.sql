-- Verify tradebase:identity/set_user_status on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.set_user_status(uuid, text, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.set_user_status: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.set_user_status: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'identity.set_user_status: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.set_user_status: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.set_user_status: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.set_user_status: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
