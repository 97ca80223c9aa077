-- Verify tradebase:trading/trades_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['trades_kernel_all', 'trades_public_select', 'trades_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'trading.trades'::regclass AND polname = want);
    ASSERT missing IS NULL, format('trading.trades: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'trading.trades', 'INSERT'),
        'trading.trades: tradebase_kernel lacks INSERT';
    ASSERT has_any_column_privilege('anon', 'trading.trades', 'SELECT'),
        'trading.trades: anon lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'trading.trades', 'SELECT'),
        'trading.trades: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'trading.trades', 'UPDATE'),
        'trading.trades: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.trades', 'DELETE'),
        'trading.trades: tradebase_kernel has DELETE';
    ASSERT NOT has_table_privilege('anon', 'trading.trades', 'SELECT'),
        'trading.trades: anon has SELECT';
    ASSERT NOT has_table_privilege('authenticated', 'trading.trades', 'SELECT'),
        'trading.trades: authenticated has SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'trading.trades', 'INSERT, UPDATE'),
        'trading.trades: authenticated has one of INSERT, UPDATE';
END
$$;

ROLLBACK;
