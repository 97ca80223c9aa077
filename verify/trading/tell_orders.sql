-- Verify tradebase:trading/tell_orders on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.tell_orders(trading.orders[], numeric[])';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.tell_orders: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'), 'trading.tell_orders: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.tell_orders: public may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'), 'trading.tell_orders: authenticated may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'), 'trading.tell_orders: service_role may execute it';
END
$$;

ROLLBACK;
