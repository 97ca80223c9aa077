-- Verify tradebase:api/request_withdrawal on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.request_withdrawal(text, numeric, text, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.request_withdrawal: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.request_withdrawal: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.request_withdrawal: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.request_withdrawal: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.request_withdrawal: tradebase_operator may execute it';
END
$$;

ROLLBACK;
