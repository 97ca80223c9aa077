-- Verify tradebase:api/trade_busts on pg

BEGIN;

SELECT market, trade_seq, created_at
FROM api.trade_busts
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.trade_busts'::regclass),
        'api.trade_busts: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.trade_busts', 'SELECT'),
        'api.trade_busts: authenticated cannot read it';
    ASSERT has_table_privilege('anon', 'api.trade_busts', 'SELECT'), 'api.trade_busts: anon cannot read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.trade_busts', 'INSERT, UPDATE'),
        'api.trade_busts: authenticated can write through it';
END
$$;

ROLLBACK;
