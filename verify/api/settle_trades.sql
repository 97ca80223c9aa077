-- Verify tradebase:api/settle_trades on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.settle_trades(jsonb)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'api.settle_trades: runs with its owner''s rights';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'), 'api.settle_trades: service_role may not execute it';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'), 'api.settle_trades: the engine may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'api.settle_trades: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'api.settle_trades: authenticated may execute it';
END
$$;

ROLLBACK;
