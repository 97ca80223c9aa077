-- Verify tradebase:trading/position_fold on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.position_after_fill(trading.position_state, numeric, numeric)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.position_after_fill: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', 'trading.position_fold(numeric, numeric)', 'EXECUTE'),
        'trading.position_fold: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', 'trading.position_fold(numeric, numeric)', 'EXECUTE'),
        'trading.position_fold: everybody may execute it';
END
$$;

ROLLBACK;
