-- Verify tradebase:portfolio/balances_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'balances_kernel_all',
        'balances_owner_select',
        'balances_staff_select',
        'balances_support_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'portfolio.balances'::regclass AND polname = want);
    ASSERT missing IS NULL, format('portfolio.balances: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'portfolio.balances', 'INSERT'),
        'portfolio.balances: tradebase_kernel lacks INSERT';
    ASSERT has_any_column_privilege('tradebase_kernel', 'portfolio.balances', 'UPDATE'),
        'portfolio.balances: tradebase_kernel lacks UPDATE';
    ASSERT has_table_privilege('authenticated', 'portfolio.balances', 'SELECT'),
        'portfolio.balances: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'portfolio.balances', 'SELECT'),
        'portfolio.balances: tradebase_auditor lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_support', 'portfolio.balances', 'SELECT'),
        'portfolio.balances: tradebase_support lacks SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.balances', 'UPDATE'),
        'portfolio.balances: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.balances', 'DELETE'),
        'portfolio.balances: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('authenticated', 'portfolio.balances', 'INSERT, UPDATE'),
        'portfolio.balances: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'portfolio.balances', 'SELECT, INSERT, UPDATE'),
        'portfolio.balances: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'portfolio.balances', 'SELECT, INSERT, UPDATE'),
        'portfolio.balances: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
