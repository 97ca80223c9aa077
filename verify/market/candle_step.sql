-- Verify tradebase:market/candle_step on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.candle_step(text, timestamptz, timestamptz)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'market.candle_step: search_path is not pinned';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'market.candle_step: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'market.candle_step: authenticated may not execute it';
END
$$;

ROLLBACK;
