-- Verify tradebase:api/place_orders on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.place_orders(jsonb)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.place_orders: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.place_orders: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.place_orders: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.place_orders: service_role may execute it';
END
$$;

ROLLBACK;
