-- Verify tradebase:identity/start_session on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.start_session(uuid, text, inet, bytea)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.start_session: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.start_session: search_path is not pinned';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'identity.start_session: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.start_session: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.start_session: authenticated may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
