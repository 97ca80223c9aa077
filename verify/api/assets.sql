-- Verify tradebase:api/assets on pg

BEGIN;

SELECT code, name, kind, status, scale, display_scale, withdraw_min, withdraw_fee
FROM api.assets
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.assets'::regclass),
        'api.assets: runs with its owner''s rights';
    ASSERT has_table_privilege('anon', 'api.assets', 'SELECT'), 'api.assets: anon cannot read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.assets', 'INSERT, UPDATE'),
        'api.assets: authenticated can write through it';
END
$$;

ROLLBACK;
