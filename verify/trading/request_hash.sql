-- Verify tradebase:trading/request_hash on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.request_hash'::regproc;
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'trading.request_hash: it would not be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.request_hash: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.request_hash: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.request_hash: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.request_hash: authenticated may execute it';
END
$$;

ROLLBACK;
