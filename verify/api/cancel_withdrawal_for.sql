-- Verify tradebase:api/cancel_withdrawal_for on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.cancel_withdrawal_for(uuid, uuid, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f),
        'api.cancel_withdrawal_for: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.cancel_withdrawal_for: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.cancel_withdrawal_for: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.cancel_withdrawal_for: authenticated may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.cancel_withdrawal_for: tradebase_operator may execute it';
END
$$;

ROLLBACK;
