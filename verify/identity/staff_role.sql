-- Verify tradebase:identity/staff_role on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'identity.staff_role(uuid)';
BEGIN
    ASSERT NOT (SELECT prosecdef FROM pg_proc WHERE oid = f),
        'identity.staff_role: runs with more than its caller''s rights';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'identity.staff_role: tradebase_kernel may not execute it';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'identity.staff_role: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'identity.staff_role: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'identity.staff_role: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'identity.staff_role: service_role may execute it';
END
$$;

ROLLBACK;
