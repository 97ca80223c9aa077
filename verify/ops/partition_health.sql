-- Verify tradebase:ops/partition_health on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'ops.partition_health(date)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'ops.partition_health: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_monitor', f, 'EXECUTE'),
        'ops.partition_health: tradebase_monitor may not execute it';
    ASSERT has_function_privilege('tradebase_worker', f, 'EXECUTE'),
        'ops.partition_health: tradebase_worker may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'ops.partition_health: public may execute it';
END
$$;

ROLLBACK;
