-- Verify tradebase:api/open_orders on pg

BEGIN;

SELECT id, client_order_id, market, side, type, time_in_force, post_only, status, price, quantity, filled_quantity,
    filled_quote, fee_total, hold, created_at, updated_at, expires_at, cancel_requested_at, replaces_order_id
FROM api.open_orders
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.open_orders'::regclass),
        'api.open_orders: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.open_orders', 'SELECT'),
        'api.open_orders: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.open_orders', 'SELECT'), 'api.open_orders: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.open_orders', 'INSERT, UPDATE'),
        'api.open_orders: authenticated can write through it';
    ASSERT has_function_privilege('authenticated', 'api.markets(api.open_orders)', 'EXECUTE'),
        'api.markets(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.markets(api.open_orders)', 'EXECUTE'),
        'api.markets(): anon may execute it';
    ASSERT has_function_privilege('authenticated', 'api.fills(api.open_orders)', 'EXECUTE'),
        'api.fills(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.fills(api.open_orders)', 'EXECUTE'),
        'api.fills(): anon may execute it';
END
$$;

ROLLBACK;
