-- Verify tradebase:core/uuid7 on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.uuid7()';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'core.uuid7: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'core.uuid7: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'core.uuid7: everybody may execute it';
END
$$;

ROLLBACK;
