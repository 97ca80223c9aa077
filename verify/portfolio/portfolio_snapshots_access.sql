-- Verify tradebase:portfolio/portfolio_snapshots_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'portfolio_snapshots_kernel_all', 'portfolio_snapshots_owner_select', 'portfolio_snapshots_staff_select',
        'portfolio_snapshots_support_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'portfolio.portfolio_snapshots'::regclass AND polname = want);
    ASSERT missing IS NULL, format('portfolio.portfolio_snapshots: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'portfolio.portfolio_snapshots', 'INSERT'),
        'portfolio.portfolio_snapshots: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('authenticated', 'portfolio.portfolio_snapshots', 'SELECT'),
        'portfolio.portfolio_snapshots: authenticated lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'portfolio.portfolio_snapshots', 'UPDATE'),
        'portfolio.portfolio_snapshots: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.portfolio_snapshots', 'DELETE'),
        'portfolio.portfolio_snapshots: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('authenticated', 'portfolio.portfolio_snapshots', 'INSERT, UPDATE'),
        'portfolio.portfolio_snapshots: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'portfolio.portfolio_snapshots', 'SELECT, INSERT, UPDATE'),
        'portfolio.portfolio_snapshots: tradebase_worker has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'portfolio.portfolio_snapshots', 'SELECT'), 'portfolio.portfolio_snapshots: anon has SELECT';
END
$$;

ROLLBACK;
