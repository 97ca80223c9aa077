-- Verify tradebase:system/system_config_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'system_config_kernel_all',
        'system_config_public_select',
        'system_config_operator_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'system.system_config'::regclass AND polname = want);
    ASSERT missing IS NULL, format('system.system_config: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'system.system_config', 'SELECT'),
        'system.system_config: tradebase_kernel lacks SELECT';
    ASSERT has_any_column_privilege('anon', 'system.system_config', 'SELECT'),
        'system.system_config: anon lacks SELECT';
    ASSERT has_column_privilege('tradebase_kernel', 'system.system_config', 'value', 'UPDATE'),
        'system.system_config: tradebase_kernel lacks UPDATE of value';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'system.system_config', 'UPDATE'),
        'system.system_config: tradebase_operator has UPDATE';
    ASSERT NOT has_table_privilege('anon', 'system.system_config', 'SELECT'),
        'system.system_config: anon has SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'system.system_config', 'INSERT, UPDATE'),
        'system.system_config: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_operator', 'system.system_config', 'INSERT'),
        'system.system_config: tradebase_operator has INSERT';
END
$$;

ROLLBACK;
