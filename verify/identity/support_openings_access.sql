-- Verify tradebase:identity/support_openings_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'support_openings_kernel_all',
        'support_openings_staff_select',
        'support_openings_auditor_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'identity.support_openings'::regclass AND polname = want);
    ASSERT missing IS NULL, format('identity.support_openings: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'identity.support_openings', 'SELECT'),
        'identity.support_openings: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('tradebase_kernel', 'identity.support_openings', 'INSERT'),
        'identity.support_openings: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_support', 'identity.support_openings', 'SELECT'),
        'identity.support_openings: tradebase_support lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'identity.support_openings', 'SELECT'),
        'identity.support_openings: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'identity.support_openings', 'SELECT, INSERT, UPDATE'),
        'identity.support_openings: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'identity.support_openings', 'SELECT, INSERT, UPDATE'),
        'identity.support_openings: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'identity.support_openings', 'SELECT, INSERT, UPDATE'),
        'identity.support_openings: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_support', 'identity.support_openings', 'INSERT, UPDATE'),
        'identity.support_openings: tradebase_support has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'identity.support_openings', 'SELECT'),
        'identity.support_openings: tradebase_operator has SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'identity.support_openings', 'DELETE'),
        'identity.support_openings: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
