-- Verify tradebase:market/set_fees on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.set_fees(text, text, numeric, numeric)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'market.set_fees: runs with its owner''s rights';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.set_fees: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'market.set_fees: tradebase_operator may not execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'market.set_fees: anon may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'market.set_fees: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'market.set_fees: service_role may execute it';
END
$$;

ROLLBACK;
