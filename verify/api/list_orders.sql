-- Verify tradebase:api/list_orders on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.list_orders(text, timestamptz, uuid, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.list_orders: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.list_orders: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.list_orders: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.list_orders: service_role may execute it';
END
$$;

ROLLBACK;
