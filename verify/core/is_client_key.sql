-- Verify tradebase:core/is_client_key on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.is_client_key(text)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'core.is_client_key: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'core.is_client_key: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'core.is_client_key: everybody may execute it';
END
$$;

ROLLBACK;
