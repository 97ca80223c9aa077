-- Verify tradebase:api/list_fills on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.list_fills(text, timestamptz, uuid, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.list_fills: runs with its owner''s rights';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.list_fills: authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.list_fills: anon may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.list_fills: service_role may execute it';
END
$$;

ROLLBACK;
