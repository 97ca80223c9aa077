-- Verify tradebase:ops/leaf_problems on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'ops.leaf_problems(regclass)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL FROM pg_proc WHERE oid = f), 'ops.leaf_problems: its names are not bound';
    ASSERT has_function_privilege('tradebase_monitor', f, 'EXECUTE'),
        'ops.leaf_problems: tradebase_monitor may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'ops.leaf_problems: everybody may execute it';
END
$$;

ROLLBACK;
