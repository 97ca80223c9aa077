-- Verify tradebase:market/load_bars on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.load_bars(interval)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.load_bars: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'market.load_bars: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'market.load_bars: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'market.load_bars: tradebase_kernel may execute it';
END
$$;

ROLLBACK;
