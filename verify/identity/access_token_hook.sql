-- Verify tradebase:identity/access_token_hook on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.access_token_hook(jsonb)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.access_token_hook: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.access_token_hook: search_path is not pinned';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.access_token_hook: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.access_token_hook: authenticated may execute it';
    ASSERT to_regrole('supabase_auth_admin') IS NULL
        OR has_function_privilege(to_regrole('supabase_auth_admin'), f, 'EXECUTE'),
        'identity.access_token_hook: supabase_auth_admin may not execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
END
$$;

ROLLBACK;
