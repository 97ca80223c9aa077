-- Verify tradebase:api/cancel_withdrawal on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.cancel_withdrawal(uuid)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.cancel_withdrawal: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.cancel_withdrawal: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.cancel_withdrawal: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.cancel_withdrawal: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.cancel_withdrawal: tradebase_operator may execute it';
END
$$;

ROLLBACK;
