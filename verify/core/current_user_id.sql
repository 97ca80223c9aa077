-- Verify tradebase:core/current_user_id on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.current_user_id()';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'core.current_user_id: cannot be inlined';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'core.current_user_id: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'core.current_user_id: authenticated may not execute it';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'core.current_user_id: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'core.current_user_id: everybody may execute it';
END
$$;

ROLLBACK;
