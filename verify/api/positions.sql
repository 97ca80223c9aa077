-- Verify tradebase:api/positions on pg

BEGIN;

SELECT market, quantity, entry_cost, avg_entry_price, realized_pnl, fees, mark_price, mark_at,
    unrealized_pnl, opened_at, updated_at
FROM api.positions
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.positions'::regclass),
        'api.positions: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.positions', 'SELECT'),
        'api.positions: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.positions', 'SELECT'), 'api.positions: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.positions', 'INSERT, UPDATE'),
        'api.positions: authenticated can write through it';
    ASSERT has_function_privilege('authenticated', 'api.markets(api.positions)', 'EXECUTE'),
        'api.markets(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.markets(api.positions)', 'EXECUTE'),
        'api.markets(): anon may execute it';
END
$$;

ROLLBACK;
