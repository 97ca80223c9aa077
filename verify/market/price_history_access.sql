-- Verify tradebase:market/price_history_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['price_history_kernel_all', 'price_history_public_select', 'price_history_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'market.price_history'::regclass AND polname = want);
    ASSERT missing IS NULL, format('market.price_history: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'market.price_history', 'SELECT'),
        'market.price_history: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('anon', 'market.price_history', 'SELECT'),
        'market.price_history: anon lacks SELECT';
    ASSERT has_table_privilege('authenticated', 'market.price_history', 'SELECT'),
        'market.price_history: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_kernel', 'market.price_history', 'INSERT'),
        'market.price_history: tradebase_kernel lacks INSERT';
    ASSERT has_column_privilege('tradebase_kernel', 'market.price_history', 'close', 'UPDATE'),
        'market.price_history: tradebase_kernel lacks UPDATE';
    ASSERT NOT has_column_privilege('tradebase_kernel', 'market.price_history', 'bucket_start', 'UPDATE'),
        'market.price_history: tradebase_kernel may move a candle to another leaf';
    ASSERT NOT has_any_column_privilege('authenticated', 'market.price_history', 'INSERT, UPDATE'),
        'market.price_history: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'market.price_history', 'INSERT, UPDATE'),
        'market.price_history: tradebase_operator has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'market.price_history', 'DELETE'),
        'market.price_history: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
