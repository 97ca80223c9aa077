-- Verify tradebase:market/markets_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['markets_kernel_all', 'markets_public_select', 'markets_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'market.markets'::regclass AND polname = want);
    ASSERT missing IS NULL, format('market.markets: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'market.markets', 'SELECT'),
        'market.markets: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('anon', 'market.markets', 'SELECT'),
        'market.markets: anon lacks SELECT';
    ASSERT has_table_privilege('authenticated', 'market.markets', 'SELECT'),
        'market.markets: authenticated lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'market.markets', 'INSERT'),
        'market.markets: tradebase_kernel has INSERT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'market.markets', 'UPDATE'),
        'market.markets: tradebase_kernel has UPDATE beyond the status';
    ASSERT NOT has_any_column_privilege('authenticated', 'market.markets', 'INSERT, UPDATE'),
        'market.markets: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'market.markets', 'INSERT, UPDATE'),
        'market.markets: tradebase_operator has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'market.markets', 'DELETE'),
        'market.markets: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
