-- Verify tradebase:ops/partition_bounds on pg

BEGIN;

DO $$
DECLARE
    f CONSTANT regprocedure := 'ops.partition_bounds(regclass)';
BEGIN
    ASSERT (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = f),
        'ops.partition_bounds: search_path is not pinned';
    ASSERT has_function_privilege('tradebase_monitor', f, 'EXECUTE'),
        'ops.partition_bounds: tradebase_monitor may not execute it';
    ASSERT has_function_privilege('tradebase_kernel', f, 'EXECUTE'),
        'ops.partition_bounds: tradebase_kernel may not execute it';
    ASSERT NOT has_function_privilege('public', f, 'EXECUTE'), 'ops.partition_bounds: public may execute it';
END
$$;

ROLLBACK;
