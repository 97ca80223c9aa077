-- Verify tradebase:api/activity on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.activity'::regclass),
        'api.activity: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.activity', 'SELECT'), 'api.activity: authenticated lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'api.activity', 'SELECT, INSERT, UPDATE'),
        'api.activity: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'api.activity', 'SELECT, INSERT, UPDATE'),
        'api.activity: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
