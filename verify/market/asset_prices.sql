-- Verify tradebase:market/asset_prices on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.asset_prices(integer)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'market.asset_prices: runs with its owner''s rights';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'market.asset_prices: tradebase_kernel may not execute it';
    ASSERT has_function_privilege('tradebase_auditor', f, 'EXECUTE'),
        'market.asset_prices: tradebase_auditor may not execute it';
    ASSERT has_function_privilege('tradebase_reporter', f, 'EXECUTE'),
        'market.asset_prices: tradebase_reporter may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'market.asset_prices: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'market.asset_prices: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'market.asset_prices: service_role may execute it';
END
$$;

ROLLBACK;
