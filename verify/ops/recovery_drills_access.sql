-- Verify tradebase:ops/recovery_drills_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['recovery_drills_kernel_all', 'recovery_drills_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'ops.recovery_drills'::regclass AND polname = want);
    ASSERT missing IS NULL, format('ops.recovery_drills: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'ops.recovery_drills', 'INSERT'),
        'ops.recovery_drills: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_monitor', 'ops.recovery_drills', 'SELECT'),
        'ops.recovery_drills: tradebase_monitor lacks SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'ops.recovery_drills', 'DELETE'),
        'ops.recovery_drills: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'ops.recovery_drills', 'UPDATE'),
        'ops.recovery_drills: tradebase_kernel has UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'ops.recovery_drills', 'SELECT, INSERT, UPDATE'),
        'ops.recovery_drills: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'ops.recovery_drills', 'INSERT, UPDATE'),
        'ops.recovery_drills: tradebase_worker has one of INSERT, UPDATE';
END
$$;

ROLLBACK;
