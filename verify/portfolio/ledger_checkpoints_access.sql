-- Verify tradebase:portfolio/ledger_checkpoints_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'ledger_checkpoints_kernel_all', 'ledger_checkpoints_owner_select', 'ledger_checkpoints_staff_select'
    ]) AS want
    WHERE NOT EXISTS (
        SELECT FROM pg_policy WHERE polrelid = 'portfolio.ledger_checkpoints'::regclass AND polname = want
    );
    ASSERT missing IS NULL, format('portfolio.ledger_checkpoints: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'portfolio.ledger_checkpoints', 'INSERT'),
        'portfolio.ledger_checkpoints: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_auditor', 'portfolio.ledger_checkpoints', 'SELECT'),
        'portfolio.ledger_checkpoints: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'portfolio.ledger_checkpoints', 'UPDATE'),
        'portfolio.ledger_checkpoints: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.ledger_checkpoints', 'DELETE'),
        'portfolio.ledger_checkpoints: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('authenticated', 'portfolio.ledger_checkpoints', 'INSERT, UPDATE'),
        'portfolio.ledger_checkpoints: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_worker', 'portfolio.ledger_checkpoints', 'SELECT, INSERT, UPDATE'),
        'portfolio.ledger_checkpoints: tradebase_worker has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
