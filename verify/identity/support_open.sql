-- Verify tradebase:identity/support_open on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.support_open(uuid, text)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.support_open: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.support_open: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_support', f, 'EXECUTE'),
        'identity.support_open: tradebase_support may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.support_open: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.support_open: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.support_open: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
