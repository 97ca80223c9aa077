-- Verify tradebase:audit/context on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'audit.context()';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'audit.context: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'audit.context: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'audit.context: authenticated may execute it';
END
$$;

ROLLBACK;
