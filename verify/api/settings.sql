-- Verify tradebase:api/settings on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.settings'::regclass),
        'api.settings: runs with its owner''s rights';
    ASSERT has_table_privilege('anon', 'api.settings', 'SELECT'), 'api.settings: anon lacks SELECT';
    ASSERT has_table_privilege('authenticated', 'api.settings', 'SELECT'), 'api.settings: authenticated lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'api.settings', 'INSERT, UPDATE'),
        'api.settings: anon has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.settings', 'INSERT, UPDATE'),
        'api.settings: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'api.settings', 'SELECT, INSERT, UPDATE'),
        'api.settings: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
