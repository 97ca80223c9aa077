-- Verify tradebase:trading/fills_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['fills_kernel_all', 'fills_owner_select', 'fills_staff_select', 'fills_support_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'trading.fills'::regclass AND polname = want);
    ASSERT missing IS NULL, format('trading.fills: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'trading.fills', 'INSERT'),
        'trading.fills: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('authenticated', 'trading.fills', 'SELECT'),
        'trading.fills: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'trading.fills', 'SELECT'),
        'trading.fills: tradebase_auditor lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_support', 'trading.fills', 'SELECT'),
        'trading.fills: tradebase_support lacks SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.fills', 'DELETE'),
        'trading.fills: tradebase_kernel has DELETE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.fills', 'UPDATE'),
        'trading.fills: tradebase_kernel has UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'trading.fills', 'INSERT, UPDATE'),
        'trading.fills: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'trading.fills', 'SELECT, INSERT, UPDATE'),
        'trading.fills: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'trading.fills', 'SELECT, INSERT, UPDATE'),
        'trading.fills: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
