-- Verify tradebase:market/rebuild_candles on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.rebuild_candles(text, timestamptz, timestamptz)';
BEGIN
    ASSERT (SELECT NOT prosecdef FROM pg_proc WHERE oid = f), 'market.rebuild_candles: runs with its owner''s rights';
    ASSERT NOT has_function_privilege('tradebase_operator', f, 'EXECUTE'),
        'market.rebuild_candles: tradebase_operator may execute it';
    ASSERT NOT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        'market.rebuild_candles: tradebase_worker may execute it';
END
$$;

ROLLBACK;
