-- Verify tradebase:identity/take_in_auth_user on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.take_in_auth_user()';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'identity.take_in_auth_user: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'identity.take_in_auth_user: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'identity.take_in_auth_user: public may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'identity', 'CREATE'),
        'tradebase_kernel may create in identity';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'auth.users'::regclass AND tgname = 'users_tradebase_take_in' AND tgenabled = 'O' AND tgfoid = f
    ),
        'auth.users: nobody takes new users in';
END
$$;

ROLLBACK;
