-- Verify tradebase:api/trades on pg

BEGIN;

SELECT market, seq, executed_at, price, quantity, quote_quantity, taker_side
FROM api.trades
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.trades'::regclass),
        'api.trades: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.trades', 'SELECT'), 'api.trades: authenticated cannot read it';
    ASSERT has_table_privilege('anon', 'api.trades', 'SELECT'), 'api.trades: anon cannot read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.trades', 'INSERT, UPDATE'),
        'api.trades: authenticated can write through it';
END
$$;

ROLLBACK;
