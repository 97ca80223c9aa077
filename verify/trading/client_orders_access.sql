-- Verify tradebase:trading/client_orders_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['client_orders_kernel_all', 'client_orders_kernel_delete']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'trading.client_orders'::regclass AND polname = want);
    ASSERT missing IS NULL, format('trading.client_orders: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'trading.client_orders', 'INSERT'),
        'trading.client_orders: tradebase_kernel lacks INSERT';
    ASSERT NOT (
        SELECT polpermissive FROM pg_policy
        WHERE polrelid = 'trading.client_orders'::regclass AND polname = 'client_orders_kernel_delete'
    ), 'trading.client_orders: tradebase_kernel may forget a name';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'trading.client_orders', 'UPDATE'),
        'trading.client_orders: tradebase_kernel has UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'trading.client_orders', 'SELECT, INSERT, UPDATE'),
        'trading.client_orders: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'trading.client_orders', 'SELECT, INSERT, UPDATE'),
        'trading.client_orders: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
