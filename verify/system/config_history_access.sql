-- Verify tradebase:system/config_history_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['config_history_kernel_all', 'config_history_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'system.config_history'::regclass AND polname = want);
    ASSERT missing IS NULL, format('system.config_history: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'system.config_history', 'SELECT'),
        'system.config_history: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('tradebase_kernel', 'system.config_history', 'INSERT'),
        'system.config_history: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_operator', 'system.config_history', 'SELECT'),
        'system.config_history: tradebase_operator lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'system.config_history', 'SELECT'),
        'system.config_history: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'system.config_history', 'SELECT, INSERT, UPDATE'),
        'system.config_history: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'system.config_history', 'SELECT, INSERT, UPDATE'),
        'system.config_history: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'system.config_history', 'SELECT, INSERT, UPDATE'),
        'system.config_history: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'system.config_history', 'INSERT, UPDATE'),
        'system.config_history: tradebase_operator has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'system.config_history', 'UPDATE'),
        'system.config_history: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'system.config_history', 'DELETE'),
        'system.config_history: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
