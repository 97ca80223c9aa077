-- Verify tradebase:identity/system_user_id on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.system_user_id(text)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'identity.system_user_id: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'identity.system_user_id: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'identity.system_user_id: everybody may execute it';
END
$$;

ROLLBACK;
