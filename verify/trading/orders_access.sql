-- Verify tradebase:trading/orders_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['orders_kernel_all', 'orders_owner_select', 'orders_staff_select', 'orders_support_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'trading.orders'::regclass AND polname = want);
    ASSERT missing IS NULL, format('trading.orders: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'trading.orders', 'INSERT'),
        'trading.orders: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('authenticated', 'trading.orders', 'SELECT'),
        'trading.orders: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'trading.orders', 'SELECT'),
        'trading.orders: tradebase_auditor lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_support', 'trading.orders', 'SELECT'),
        'trading.orders: tradebase_support lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'trading.orders', 'UPDATE'),
        'trading.orders: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'trading.orders', 'DELETE'),
        'trading.orders: tradebase_kernel has DELETE';
    ASSERT NOT has_any_column_privilege('authenticated', 'trading.orders', 'INSERT, UPDATE'),
        'trading.orders: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'trading.orders', 'SELECT, INSERT, UPDATE'),
        'trading.orders: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'trading.orders', 'SELECT, INSERT, UPDATE'),
        'trading.orders: service_role has one of SELECT, INSERT, UPDATE';

    ASSERT has_table_privilege('tradebase_kernel', 'partitions.orders_open', 'DELETE'),
        'partitions.orders_open: tradebase_kernel lacks DELETE';
    ASSERT NOT has_column_privilege('tradebase_kernel', 'partitions.orders_open', 'closed_at', 'UPDATE'),
        'partitions.orders_open: tradebase_kernel can move an order by UPDATE';
    ASSERT EXISTS (
        SELECT FROM pg_policy
        WHERE polrelid = 'partitions.orders_open'::regclass AND polname = 'orders_open_kernel_all'
    ), 'partitions.orders_open: the kernel sees nothing in it';
END
$$;

ROLLBACK;
