-- Verify tradebase:api/cancel_orders_for on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.cancel_orders_for(uuid, uuid[], text[])';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.cancel_orders_for: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.cancel_orders_for: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.cancel_orders_for: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.cancel_orders_for: authenticated may execute it';
END
$$;

ROLLBACK;
