-- Verify tradebase:trading/order_book on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.order_book(text, integer)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'trading.order_book: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.order_book: search_path is not pinned';
    ASSERT has_function_privilege('anon', f, 'EXECUTE'), 'trading.order_book: anon may not execute it';
    ASSERT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.order_book: authenticated may not execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.order_book: service_role may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'trading', 'CREATE'),
        'tradebase_kernel may create in trading';
END
$$;

ROLLBACK;
