-- Verify tradebase:trading/settle_trades on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'trading.settle_trades(jsonb)';
BEGIN
    ASSERT (SELECT prosecdef AND proowner = 'tradebase_kernel'::regrole FROM pg_proc WHERE oid = f),
        'trading.settle_trades: does not run as the kernel';
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'trading.settle_trades: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_engine', f, 'EXECUTE'),
        'trading.settle_trades: tradebase_engine may not execute it';
    ASSERT has_function_privilege('service_role', f, 'EXECUTE'),
        'trading.settle_trades: service_role may not execute it';
    ASSERT NOT has_function_privilege('authenticated', f, 'EXECUTE'),
        'trading.settle_trades: authenticated may execute it';
    ASSERT NOT has_function_privilege('anon', f, 'EXECUTE'), 'trading.settle_trades: anon may execute it';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'trading', 'CREATE'),
        'tradebase_kernel may create in trading';
END
$$;

ROLLBACK;
