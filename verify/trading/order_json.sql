-- Verify tradebase:trading/order_json on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.order_json(trading.orders)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.order_json: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.order_json: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.order_json: everybody may execute it';
END
$$;

ROLLBACK;
