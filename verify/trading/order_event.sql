-- Verify tradebase:trading/order_event on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.order_event(trading.orders, text)';
BEGIN
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'), 'trading.order_event: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.order_event: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'trading.order_event: authenticated may execute it';
END
$$;

ROLLBACK;
