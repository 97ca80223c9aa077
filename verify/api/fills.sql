-- Verify tradebase:api/fills on pg

BEGIN;

SELECT executed_at, id, order_id, market, trade_seq, side, liquidity, price, quantity, quote_quantity, fee,
    fee_asset, fee_rate, realized_pnl
FROM api.fills
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.fills'::regclass),
        'api.fills: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.fills', 'SELECT'), 'api.fills: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.fills', 'SELECT'), 'api.fills: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.fills', 'INSERT, UPDATE'),
        'api.fills: authenticated can write through it';
    ASSERT has_function_privilege('authenticated', 'api.markets(api.fills)', 'EXECUTE'),
        'api.markets(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.markets(api.fills)', 'EXECUTE'),
        'api.markets(): anon may execute it';
END
$$;

ROLLBACK;
