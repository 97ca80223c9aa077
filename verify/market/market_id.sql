-- Verify tradebase:market/market_id on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.market_id(text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'market.market_id: runs with its owner''s rights';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'market.market_id: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'market.market_id: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'market.market_id: service_role may execute it';
END
$$;

ROLLBACK;
