-- Verify tradebase:trading/order_facts on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.order_facts(uuid, integer, numeric, numeric)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.order_facts: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.order_facts: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.order_facts: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.order_facts: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.order_facts: authenticated may execute it';
END
$$;

ROLLBACK;
