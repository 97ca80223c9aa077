-- Verify tradebase:portfolio/transfers_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'transfers_kernel_all',
        'transfers_owner_select',
        'transfers_staff_select',
        'transfers_support_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'portfolio.transfers'::regclass AND polname = want);
    ASSERT missing IS NULL, format('portfolio.transfers: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'portfolio.transfers', 'INSERT'),
        'portfolio.transfers: tradebase_kernel lacks INSERT';
    ASSERT has_any_column_privilege('authenticated', 'portfolio.transfers', 'SELECT'),
        'portfolio.transfers: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'portfolio.transfers', 'SELECT'),
        'portfolio.transfers: tradebase_auditor lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_support', 'portfolio.transfers', 'SELECT'),
        'portfolio.transfers: tradebase_support lacks SELECT';
    ASSERT NOT EXISTS (
        SELECT FROM unnest(ARRAY['user_id', 'counterparty_user_id', 'asset_id', 'kind', 'amount', 'fee']) AS c (name)
        WHERE has_column_privilege('tradebase_kernel', 'portfolio.transfers', c.name, 'UPDATE')
    ),
        'portfolio.transfers: tradebase_kernel may change whose it is or how much';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'portfolio.transfers', 'DELETE'),
        'portfolio.transfers: tradebase_kernel has DELETE';
    ASSERT NOT has_table_privilege('authenticated', 'portfolio.transfers', 'SELECT'),
        'portfolio.transfers: authenticated has SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'portfolio.transfers', 'INSERT, UPDATE'),
        'portfolio.transfers: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'portfolio.transfers', 'SELECT, INSERT, UPDATE'),
        'portfolio.transfers: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'portfolio.transfers', 'SELECT, INSERT, UPDATE'),
        'portfolio.transfers: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
