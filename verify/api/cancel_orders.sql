-- Verify tradebase:api/cancel_orders on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.cancel_orders(uuid[], text[])';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.cancel_orders: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.cancel_orders: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.cancel_orders: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.cancel_orders: service_role may execute it';
END
$$;

ROLLBACK;
