-- Verify tradebase:ops/partition_policies_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['partition_policies_kernel_all', 'partition_policies_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'ops.partition_policies'::regclass AND polname = want);
    ASSERT missing IS NULL, format('ops.partition_policies: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'ops.partition_policies', 'SELECT'),
        'ops.partition_policies: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('tradebase_monitor', 'ops.partition_policies', 'SELECT'),
        'ops.partition_policies: tradebase_monitor lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'ops.partition_policies', 'INSERT'),
        'ops.partition_policies: tradebase_kernel has INSERT';
    ASSERT NOT has_column_privilege('tradebase_kernel', 'ops.partition_policies', 'parent', 'UPDATE'),
        'ops.partition_policies: tradebase_kernel may change whose policy it is';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'ops.partition_policies', 'INSERT, UPDATE'),
        'ops.partition_policies: tradebase_worker has one of INSERT, UPDATE';
END
$$;

ROLLBACK;
