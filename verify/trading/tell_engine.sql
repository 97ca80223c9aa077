-- Verify tradebase:trading/tell_engine on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.tell_engine(text, uuid[], numeric)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.tell_engine: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'trading.tell_engine: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'trading.tell_engine: public may execute it';
    ASSERT NOT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.tell_engine: service_role may execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.tell_engine: authenticated may execute it';
END
$$;

ROLLBACK;
