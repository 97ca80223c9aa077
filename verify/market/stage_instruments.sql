-- Verify tradebase:market/stage_instruments on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.stage_instruments()';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.stage_instruments: search_path is not pinned';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'market.stage_instruments: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'market.stage_instruments: service_role may execute it';
    ASSERT NOT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'market.stage_instruments: tradebase_kernel may execute it';
END
$$;

ROLLBACK;
