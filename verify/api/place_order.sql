-- Verify tradebase:api/place_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure
    := 'api.place_order(text, text, text, numeric, numeric, text, text, boolean, timestamptz, text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.place_order: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.place_order: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.place_order: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.place_order: service_role may execute it';
END
$$;

ROLLBACK;
