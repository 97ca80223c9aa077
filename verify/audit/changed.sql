-- Verify tradebase:audit/changed on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'audit.changed(text, boolean, text)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'audit.changed: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'audit.changed: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'audit.changed: authenticated may execute it';
END
$$;

ROLLBACK;
