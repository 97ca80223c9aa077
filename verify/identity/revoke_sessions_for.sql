-- Verify tradebase:identity/revoke_sessions_for on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.revoke_sessions_for(uuid, uuid)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.revoke_sessions_for: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.revoke_sessions_for: search_path is not pinned';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.revoke_sessions_for: service_role may not execute it';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'identity.revoke_sessions_for: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.revoke_sessions_for: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.revoke_sessions_for: authenticated may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
