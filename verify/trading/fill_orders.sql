-- Verify tradebase:trading/fill_orders on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.fill_orders(uuid[], numeric[], numeric[], numeric[], numeric[])';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.fill_orders: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.fill_orders: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.fill_orders: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.fill_orders: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.fill_orders: authenticated may execute it';
END
$$;

ROLLBACK;
