-- Verify tradebase:market/candle_length on pg

BEGIN;

DO $$
BEGIN
    ASSERT has_function_privilege('tradebase_kernel', 'market.candle_length(text)', 'EXECUTE'),
        'market.candle_length: tradebase_kernel may not execute it';
    ASSERT has_function_privilege('anon', 'market.candle_length(text)', 'EXECUTE'),
        'market.candle_length: anon may not execute it';
    ASSERT (SELECT provolatile = 'i' AND proconfig IS NULL FROM pg_proc WHERE oid = 'market.candle_length'::regproc),
        'market.candle_length: cannot be inlined';
END
$$;

ROLLBACK;
