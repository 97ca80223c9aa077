-- Verify tradebase:api/balance_at on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.balance_at(text, timestamptz)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.balance_at: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.balance_at: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.balance_at: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.balance_at: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.balance_at: tradebase_operator may execute it';
END
$$;

ROLLBACK;
