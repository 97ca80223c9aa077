-- Verify tradebase:trading/reduces_position on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.reduces_position(uuid, integer, text, numeric)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.reduces_position: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.reduces_position: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.reduces_position: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.reduces_position: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.reduces_position: authenticated may execute it';
END
$$;

ROLLBACK;
