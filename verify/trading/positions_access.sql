-- Verify tradebase:trading/positions_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'positions_kernel_all',
        'positions_owner_select',
        'positions_staff_select',
        'positions_support_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'trading.positions'::regclass AND polname = want);
    ASSERT missing IS NULL, format('trading.positions: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'trading.positions', 'INSERT'),
        'trading.positions: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('authenticated', 'trading.positions', 'SELECT'),
        'trading.positions: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'trading.positions', 'SELECT'),
        'trading.positions: tradebase_auditor lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_support', 'trading.positions', 'SELECT'),
        'trading.positions: tradebase_support lacks SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.positions', 'DELETE'),
        'trading.positions: tradebase_kernel has DELETE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.positions', 'UPDATE'),
        'trading.positions: tradebase_kernel has UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'trading.positions', 'INSERT, UPDATE'),
        'trading.positions: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'trading.positions', 'SELECT, INSERT, UPDATE'),
        'trading.positions: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'trading.positions', 'SELECT, INSERT, UPDATE'),
        'trading.positions: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
