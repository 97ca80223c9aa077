-- Verify tradebase:api/deposit on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.deposit(uuid, text, numeric, text, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.deposit: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.deposit: service_role may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.deposit: authenticated may execute it';
END
$$;

ROLLBACK;
