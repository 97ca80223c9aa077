-- Verify tradebase:trading/order_rules on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.order_rules(uuid, integer)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'trading.order_rules: it would not be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.order_rules: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.order_rules: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.order_rules: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.order_rules: authenticated may execute it';
END
$$;

ROLLBACK;
