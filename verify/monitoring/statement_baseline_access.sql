-- Verify tradebase:monitoring/statement_baseline_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['statement_baseline_kernel_all', 'statement_baseline_monitor_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'monitoring.statement_baseline'::regclass AND polname = want);
    ASSERT missing IS NULL, format('monitoring.statement_baseline: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'monitoring.statement_baseline', 'INSERT'),
        'monitoring.statement_baseline: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.statement_baseline', 'SELECT'),
        'monitoring.statement_baseline: tradebase_monitor lacks SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'monitoring.statement_baseline', 'SELECT, INSERT, UPDATE'),
        'monitoring.statement_baseline: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'monitoring.statement_baseline', 'SELECT, INSERT, UPDATE'),
        'monitoring.statement_baseline: tradebase_worker has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
