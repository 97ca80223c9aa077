-- Verify tradebase:api/complete_withdrawal on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.complete_withdrawal(uuid, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.complete_withdrawal: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.complete_withdrawal: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.complete_withdrawal: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.complete_withdrawal: authenticated may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.complete_withdrawal: tradebase_operator may execute it';
END
$$;

ROLLBACK;
