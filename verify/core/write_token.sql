-- Verify tradebase:core/write_token on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.write_token()';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'core.write_token: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'core.write_token: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'core.write_token: anon, who writes nothing, may execute it';
END
$$;

ROLLBACK;
