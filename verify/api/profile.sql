-- Verify tradebase:api/profile on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.profile'::regclass),
        'api.profile: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.profile', 'SELECT'), 'api.profile: authenticated lacks SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.profile', 'INSERT, UPDATE'),
        'api.profile: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'api.profile', 'SELECT, INSERT, UPDATE'),
        'api.profile: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'api.profile', 'SELECT, INSERT, UPDATE'),
        'api.profile: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_support', 'api.profile', 'INSERT, UPDATE'),
        'api.profile: tradebase_support has one of INSERT, UPDATE';
END
$$;

ROLLBACK;
