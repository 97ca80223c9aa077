-- Verify tradebase:identity/grant_staff_role on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.grant_staff_role(uuid, text, text, timestamptz)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.grant_staff_role: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.grant_staff_role: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'identity.grant_staff_role: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.grant_staff_role: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.grant_staff_role: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.grant_staff_role: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
