-- Verify tradebase:api/order_history on pg

BEGIN;

SELECT closed_at, id, client_order_id, market, side, type, time_in_force, status, close_reason, price, quantity,
    filled_quantity, filled_quote, fee_total, created_at, replaces_order_id
FROM api.order_history
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.order_history'::regclass
    ),
        'api.order_history: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.order_history', 'SELECT'),
        'api.order_history: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.order_history', 'SELECT'), 'api.order_history: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.order_history', 'INSERT, UPDATE'),
        'api.order_history: authenticated can write through it';
    ASSERT has_function_privilege('authenticated', 'api.markets(api.order_history)', 'EXECUTE'),
        'api.markets(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.markets(api.order_history)', 'EXECUTE'),
        'api.markets(): anon may execute it';
    ASSERT has_function_privilege('authenticated', 'api.fills(api.order_history)', 'EXECUTE'),
        'api.fills(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.fills(api.order_history)', 'EXECUTE'),
        'api.fills(): anon may execute it';
END
$$;

ROLLBACK;
