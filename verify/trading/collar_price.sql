-- Verify tradebase:trading/collar_price on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.collar_price(integer, text, numeric, numeric)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.collar_price: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.collar_price: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.collar_price: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.collar_price: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.collar_price: authenticated may execute it';
END
$$;

ROLLBACK;
