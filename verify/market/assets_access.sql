-- Verify tradebase:market/assets_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['assets_kernel_all', 'assets_public_select', 'assets_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'market.assets'::regclass AND polname = want);
    ASSERT missing IS NULL, format('market.assets: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'market.assets', 'SELECT'),
        'market.assets: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('anon', 'market.assets', 'SELECT'),
        'market.assets: anon lacks SELECT';
    ASSERT has_table_privilege('authenticated', 'market.assets', 'SELECT'),
        'market.assets: authenticated lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'market.assets', 'INSERT'),
        'market.assets: tradebase_kernel has INSERT';
    ASSERT NOT has_column_privilege('tradebase_kernel', 'market.assets', 'scale', 'UPDATE'),
        'market.assets: tradebase_kernel may change the scale';
    ASSERT NOT has_any_column_privilege('authenticated', 'market.assets', 'INSERT, UPDATE'),
        'market.assets: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'market.assets', 'INSERT, UPDATE'),
        'market.assets: tradebase_operator has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'market.assets', 'DELETE'),
        'market.assets: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
