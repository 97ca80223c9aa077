-- Verify tradebase:api/transfer_for on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.transfer_for(uuid, uuid, text, numeric, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.transfer_for: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.transfer_for: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.transfer_for: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.transfer_for: authenticated may execute it';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'api.transfer_for: tradebase_operator may execute it';
END
$$;

ROLLBACK;
