-- Verify tradebase:identity/revoke_all_sessions on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.revoke_all_sessions()';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.revoke_all_sessions: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.revoke_all_sessions: search_path is not pinned';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.revoke_all_sessions: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.revoke_all_sessions: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.revoke_all_sessions: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
