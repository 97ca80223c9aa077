-- Verify tradebase:api/request_withdrawal_for on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.request_withdrawal_for(uuid, text, numeric, text, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f),
        'api.request_withdrawal_for: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.request_withdrawal_for: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.request_withdrawal_for: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.request_withdrawal_for: authenticated may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.request_withdrawal_for: tradebase_operator may execute it';
END
$$;

ROLLBACK;
