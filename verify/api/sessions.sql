-- Verify tradebase:api/sessions on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.sessions'::regclass),
        'api.sessions: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.sessions', 'SELECT'), 'api.sessions: authenticated lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'api.sessions', 'SELECT, INSERT, UPDATE'),
        'api.sessions: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.sessions', 'INSERT, UPDATE'),
        'api.sessions: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'api.sessions', 'SELECT, INSERT, UPDATE'),
        'api.sessions: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
