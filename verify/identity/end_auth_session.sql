-- Verify tradebase:identity/end_auth_session on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.end_auth_session()';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.end_auth_session: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.end_auth_session: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'identity.end_auth_session: public may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
    ASSERT to_regclass('auth.sessions') IS NULL OR EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = to_regclass('auth.sessions') AND tgname = 'sessions_tradebase_end' AND tgenabled = 'O'
            AND tgfoid = f
    ),
        'auth.sessions: who signs out is not signed out here';
END
$$;

ROLLBACK;
