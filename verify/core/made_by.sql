-- Verify tradebase:core/made_by on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'core.made_by()';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'core.made_by: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'core.made_by: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'core.made_by: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'core.made_by: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'core.made_by: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'core.made_by: tradebase_operator may execute it';
END
$$;

ROLLBACK;
