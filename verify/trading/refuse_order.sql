-- Verify tradebase:trading/refuse_order on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.refuse_order(text, bigint, jsonb)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.refuse_order: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.refuse_order: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.refuse_order: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.refuse_order: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.refuse_order: authenticated may execute it';
END
$$;

ROLLBACK;
