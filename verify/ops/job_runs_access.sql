-- Verify tradebase:ops/job_runs_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['job_runs_kernel_all', 'job_runs_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'ops.job_runs'::regclass AND polname = want);
    ASSERT missing IS NULL, format('ops.job_runs: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'ops.job_runs', 'INSERT'),
        'ops.job_runs: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_monitor', 'ops.job_runs', 'SELECT'),
        'ops.job_runs: tradebase_monitor lacks SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'ops.job_runs', 'DELETE'),
        'ops.job_runs: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('authenticated', 'ops.job_runs', 'SELECT, INSERT, UPDATE'),
        'ops.job_runs: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_monitor', 'ops.job_runs', 'INSERT, UPDATE'),
        'ops.job_runs: tradebase_monitor has one of INSERT, UPDATE';
END
$$;

ROLLBACK;
