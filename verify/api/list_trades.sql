-- Verify tradebase:api/list_trades on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.list_trades(text, bigint, integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.list_trades: runs with its owner''s rights';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'api.list_trades: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.list_trades: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.list_trades: service_role may execute it';
END
$$;

ROLLBACK;
