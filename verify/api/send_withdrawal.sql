-- Verify tradebase:api/send_withdrawal on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.send_withdrawal(uuid)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.send_withdrawal: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.send_withdrawal: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.send_withdrawal: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.send_withdrawal: authenticated may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.send_withdrawal: tradebase_operator may execute it';
END
$$;

ROLLBACK;
