-- Verify tradebase:market/market_state_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['market_state_kernel_all', 'market_state_public_select', 'market_state_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'market.market_state'::regclass AND polname = want);
    ASSERT missing IS NULL, format('market.market_state: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'market.market_state', 'INSERT'),
        'market.market_state: tradebase_kernel lacks INSERT';
    ASSERT has_any_column_privilege('tradebase_kernel', 'market.market_state', 'UPDATE'),
        'market.market_state: tradebase_kernel lacks UPDATE';
    ASSERT has_any_column_privilege('anon', 'market.market_state', 'SELECT'),
        'market.market_state: anon lacks SELECT';
    ASSERT has_table_privilege('tradebase_engine', 'market.market_state', 'SELECT'),
        'market.market_state: tradebase_engine lacks SELECT';
    ASSERT NOT has_table_privilege('anon', 'market.market_state', 'SELECT'),
        'market.market_state: anon has SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'market.market_state', 'INSERT, UPDATE'),
        'market.market_state: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'market.market_state', 'INSERT, UPDATE'),
        'market.market_state: tradebase_operator has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'market.market_state', 'DELETE'),
        'market.market_state: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
