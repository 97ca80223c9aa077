-- Verify tradebase:api/place_orders_for on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.place_orders_for(uuid, jsonb)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.place_orders_for: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'api.place_orders_for: service_role may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.place_orders_for: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.place_orders_for: authenticated may execute it';
END
$$;

ROLLBACK;
