-- Verify tradebase:system/feature_flags_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['feature_flags_kernel_all', 'feature_flags_operator_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'system.feature_flags'::regclass AND polname = want);
    ASSERT missing IS NULL, format('system.feature_flags: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'system.feature_flags', 'SELECT'),
        'system.feature_flags: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('tradebase_kernel', 'system.feature_flags', 'INSERT'),
        'system.feature_flags: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_kernel', 'system.feature_flags', 'UPDATE'),
        'system.feature_flags: tradebase_kernel lacks UPDATE';
    ASSERT has_table_privilege('tradebase_operator', 'system.feature_flags', 'SELECT'),
        'system.feature_flags: tradebase_operator lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'system.feature_flags', 'SELECT, INSERT, UPDATE'),
        'system.feature_flags: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'system.feature_flags', 'SELECT, INSERT, UPDATE'),
        'system.feature_flags: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'system.feature_flags', 'SELECT, INSERT, UPDATE'),
        'system.feature_flags: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'system.feature_flags', 'INSERT, UPDATE'),
        'system.feature_flags: tradebase_operator has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'system.feature_flags', 'DELETE'),
        'system.feature_flags: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
