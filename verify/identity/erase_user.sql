-- Verify tradebase:identity/erase_user on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.erase_user(uuid, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.erase_user: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.erase_user: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'identity.erase_user: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.erase_user: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.erase_user: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'identity.erase_user: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
