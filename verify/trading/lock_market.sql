-- Verify tradebase:trading/lock_market on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.lock_market(integer)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.lock_market: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.lock_market: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.lock_market: everybody may execute it';
END
$$;

ROLLBACK;
