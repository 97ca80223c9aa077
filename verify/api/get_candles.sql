-- Verify tradebase:api/get_candles on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'api.get_candles(text, text, timestamptz, timestamptz)';
BEGIN
    ASSERT (SELECT NOT prosecdef AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'api.get_candles: cannot be inlined';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'api.get_candles: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'), 'api.get_candles: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'api.get_candles: service_role may execute it';
END
$$;

ROLLBACK;
