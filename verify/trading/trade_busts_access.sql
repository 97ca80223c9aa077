-- Verify tradebase:trading/trade_busts_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['trade_busts_kernel_all', 'trade_busts_public_select', 'trade_busts_staff_select']) AS want
    WHERE NOT EXISTS (
        SELECT FROM pg_policy WHERE polrelid = 'trading.trade_busts'::regclass AND polname = want
    );
    ASSERT missing IS NULL, format('trading.trade_busts: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'trading.trade_busts', 'INSERT'),
        'trading.trade_busts: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_auditor', 'trading.trade_busts', 'SELECT'),
        'trading.trade_busts: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'trading.trade_busts', 'UPDATE'),
        'trading.trade_busts: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.trade_busts', 'DELETE'),
        'trading.trade_busts: tradebase_kernel has DELETE';
    ASSERT NOT has_column_privilege('authenticated', 'trading.trade_busts', 'reason', 'SELECT'),
        'trading.trade_busts: authenticated reads why';
    ASSERT NOT has_any_column_privilege('authenticated', 'trading.trade_busts', 'INSERT, UPDATE'),
        'trading.trade_busts: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'trading.trade_busts', 'INSERT, UPDATE'),
        'trading.trade_busts: tradebase_operator has one of INSERT, UPDATE';
END
$$;

ROLLBACK;
