-- Verify tradebase:market/candles_of on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'market.candles_of(integer, bigint, bigint, timestamptz, timestamptz)';
BEGIN
    ASSERT (SELECT NOT prosecdef AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'market.candles_of: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'market.candles_of: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'market.candles_of: authenticated may execute it';
END
$$;

ROLLBACK;
