-- Verify tradebase:api/amend_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.amend_order(uuid, numeric, numeric, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.amend_order: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.amend_order: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.amend_order: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.amend_order: service_role may execute it';
END
$$;

ROLLBACK;
