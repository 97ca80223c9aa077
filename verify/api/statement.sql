-- Verify tradebase:api/statement on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.statement(text, bigint, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.statement: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.statement: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.statement: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.statement: service_role may execute it';
END
$$;

ROLLBACK;
