-- Verify tradebase:core/uuid7_time on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.uuid7_time(uuid)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'core.uuid7_time: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'core.uuid7_time: tradebase_kernel may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'core.uuid7_time: authenticated may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'core.uuid7_time: everybody may execute it';
END
$$;

ROLLBACK;
