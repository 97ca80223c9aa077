-- Verify tradebase:api/balances on pg

BEGIN;

SELECT asset, available, held, total, updated_at
FROM api.balances
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.balances'::regclass),
        'api.balances: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.balances', 'SELECT'),
        'api.balances: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.balances', 'SELECT'), 'api.balances: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.balances', 'INSERT, UPDATE'),
        'api.balances: authenticated can write through it';
    ASSERT has_function_privilege('authenticated', 'api.assets(api.balances)', 'EXECUTE'),
        'api.assets(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.assets(api.balances)', 'EXECUTE'),
        'api.assets(): anon may execute it';
END
$$;

ROLLBACK;
