-- Verify tradebase:market/asset_id on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.asset_id(text)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'market.asset_id: runs with its owner''s rights';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'market.asset_id: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'market.asset_id: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'market.asset_id: service_role may execute it';
END
$$;

ROLLBACK;
