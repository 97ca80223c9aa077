-- Verify tradebase:portfolio/ledger_entries_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'ledger_entries_kernel_all',
        'ledger_entries_owner_select',
        'ledger_entries_staff_select',
        'ledger_entries_support_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'portfolio.ledger_entries'::regclass AND polname = want);
    ASSERT missing IS NULL, format('portfolio.ledger_entries: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'portfolio.ledger_entries', 'INSERT'),
        'portfolio.ledger_entries: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('authenticated', 'portfolio.ledger_entries', 'SELECT'),
        'portfolio.ledger_entries: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'portfolio.ledger_entries', 'SELECT'),
        'portfolio.ledger_entries: tradebase_auditor lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_support', 'portfolio.ledger_entries', 'SELECT'),
        'portfolio.ledger_entries: tradebase_support lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'portfolio.ledger_entries', 'UPDATE'),
        'portfolio.ledger_entries: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.ledger_entries', 'DELETE'),
        'portfolio.ledger_entries: tradebase_kernel has DELETE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.ledger_entries', 'TRUNCATE'),
        'portfolio.ledger_entries: tradebase_kernel has TRUNCATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'portfolio.ledger_entries', 'INSERT, UPDATE'),
        'portfolio.ledger_entries: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'portfolio.ledger_entries', 'SELECT, INSERT, UPDATE'),
        'portfolio.ledger_entries: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'portfolio.ledger_entries', 'SELECT, INSERT, UPDATE'),
        'portfolio.ledger_entries: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
