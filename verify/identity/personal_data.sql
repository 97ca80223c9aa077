-- Verify tradebase:identity/personal_data on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'identity.personal_data'::regclass),
        'identity.personal_data: runs with its owner''s rights';
    ASSERT has_table_privilege('tradebase_operator', 'identity.personal_data', 'SELECT'),
        'identity.personal_data: tradebase_operator lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'identity.personal_data', 'SELECT'),
        'identity.personal_data: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'identity.personal_data', 'SELECT, INSERT, UPDATE'),
        'identity.personal_data: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'identity.personal_data', 'SELECT, INSERT, UPDATE'),
        'identity.personal_data: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'identity.personal_data', 'SELECT, INSERT, UPDATE'),
        'identity.personal_data: service_role has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
