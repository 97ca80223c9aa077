-- Verify tradebase:ops/backups_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['backups_kernel_all', 'backups_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'ops.backups'::regclass AND polname = want);
    ASSERT missing IS NULL, format('ops.backups: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'ops.backups', 'INSERT'),
        'ops.backups: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_monitor', 'ops.backups', 'SELECT'),
        'ops.backups: tradebase_monitor lacks SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'ops.backups', 'DELETE'),
        'ops.backups: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'ops.backups', 'UPDATE'),
        'ops.backups: tradebase_kernel has UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'ops.backups', 'SELECT, INSERT, UPDATE'),
        'ops.backups: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'ops.backups', 'INSERT, UPDATE'),
        'ops.backups: tradebase_worker has one of INSERT, UPDATE';
END
$$;

ROLLBACK;
