-- Verify tradebase:trading/order_flaw on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.order_flaw'::regproc;
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'trading.order_flaw: it would not be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.order_flaw: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.order_flaw: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.order_flaw: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.order_flaw: authenticated may execute it';
END
$$;

ROLLBACK;
