-- Verify tradebase:trading/engine_commands_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['engine_commands_kernel_all', 'engine_commands_auditor_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'trading.engine_commands'::regclass AND polname = want);
    ASSERT missing IS NULL, format('trading.engine_commands: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'trading.engine_commands', 'INSERT'),
        'trading.engine_commands: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_auditor', 'trading.engine_commands', 'SELECT'),
        'trading.engine_commands: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'trading.engine_commands', 'UPDATE'),
        'trading.engine_commands: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.engine_commands', 'DELETE'),
        'trading.engine_commands: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('tradebase_engine', 'trading.engine_commands', 'SELECT, INSERT, UPDATE'),
        'trading.engine_commands: tradebase_engine has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'trading.engine_commands', 'SELECT, INSERT, UPDATE'),
        'trading.engine_commands: authenticated has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
