-- Verify tradebase:market/candle_state_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['candle_state_kernel_all', 'candle_state_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'market.candle_state'::regclass AND polname = want);
    ASSERT missing IS NULL, format('market.candle_state: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'market.candle_state', 'INSERT'),
        'market.candle_state: tradebase_kernel lacks INSERT';
    ASSERT has_column_privilege('tradebase_kernel', 'market.candle_state', 'last_seq', 'UPDATE'),
        'market.candle_state: tradebase_kernel lacks UPDATE';
    ASSERT has_table_privilege('tradebase_operator', 'market.candle_state', 'SELECT'),
        'market.candle_state: tradebase_operator lacks SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'market.candle_state', 'SELECT, INSERT, UPDATE'),
        'market.candle_state: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'market.candle_state', 'DELETE'),
        'market.candle_state: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
