-- Verify tradebase:trading/order_hold on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.order_hold(text, numeric, numeric, numeric, numeric, integer)';
BEGIN
    ASSERT (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = f),
        'trading.order_hold: cannot be inlined';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.order_hold: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.order_hold: everybody may execute it';
END
$$;

ROLLBACK;
