-- Verify tradebase:api/transfers on pg

BEGIN;

SELECT id, kind, status, asset, amount, fee, is_sender, external_ref, created_at, completed_at
FROM api.transfers
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.transfers'::regclass),
        'api.transfers: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.transfers', 'SELECT'),
        'api.transfers: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.transfers', 'SELECT'), 'api.transfers: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.transfers', 'INSERT, UPDATE'),
        'api.transfers: authenticated can write through it';
    ASSERT has_function_privilege('authenticated', 'api.assets(api.transfers)', 'EXECUTE'),
        'api.assets(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.assets(api.transfers)', 'EXECUTE'),
        'api.assets(): anon may execute it';
END
$$;

ROLLBACK;
