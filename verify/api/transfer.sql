-- Verify tradebase:api/transfer on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.transfer(uuid, text, numeric, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.transfer: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.transfer: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.transfer: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.transfer: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.transfer: tradebase_operator may execute it';
END
$$;

ROLLBACK;
