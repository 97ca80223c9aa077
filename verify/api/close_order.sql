-- Verify tradebase:api/close_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.close_order(uuid, text, text, bigint)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.close_order: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.close_order: service_role may not execute it';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'), 'api.close_order: tradebase_engine may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.close_order: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.close_order: authenticated may execute it';
END
$$;

ROLLBACK;
