-- Verify tradebase:portfolio/analytics_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'analytics_kernel_all', 'analytics_owner_select', 'analytics_staff_select',
        'analytics_support_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'portfolio.analytics'::regclass AND polname = want);
    ASSERT missing IS NULL, format('portfolio.analytics: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'portfolio.analytics', 'INSERT'),
        'portfolio.analytics: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('authenticated', 'portfolio.analytics', 'SELECT'),
        'portfolio.analytics: authenticated lacks SELECT';
    ASSERT NOT has_column_privilege('tradebase_kernel', 'portfolio.analytics', 'user_id', 'UPDATE'),
        'portfolio.analytics: tradebase_kernel may say whose it is';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.analytics', 'DELETE'),
        'portfolio.analytics: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('authenticated', 'portfolio.analytics', 'INSERT, UPDATE'),
        'portfolio.analytics: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'portfolio.analytics', 'SELECT, INSERT, UPDATE'),
        'portfolio.analytics: tradebase_worker has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'portfolio.analytics', 'SELECT'), 'portfolio.analytics: anon has SELECT';
END
$$;

ROLLBACK;
