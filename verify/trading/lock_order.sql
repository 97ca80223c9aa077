-- Verify tradebase:trading/lock_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.lock_order(uuid, uuid, text)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.lock_order: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.lock_order: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.lock_order: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.lock_order: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.lock_order: authenticated may execute it';
END
$$;

ROLLBACK;
