-- Verify tradebase:identity/users_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['users_kernel_all', 'users_owner_select', 'users_staff_select', 'users_support_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'identity.users'::regclass AND polname = want);
    ASSERT missing IS NULL, format('identity.users: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'identity.users', 'INSERT'),
        'identity.users: tradebase_kernel lacks INSERT';
    ASSERT has_any_column_privilege('authenticated', 'identity.users', 'SELECT'),
        'identity.users: authenticated lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'identity.users', 'SELECT'),
        'identity.users: tradebase_auditor lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_support', 'identity.users', 'SELECT'),
        'identity.users: tradebase_support lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'identity.users', 'SELECT, INSERT, UPDATE'),
        'identity.users: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'identity.users', 'INSERT, UPDATE'),
        'identity.users: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'identity.users', 'SELECT, INSERT, UPDATE'),
        'identity.users: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'identity.users', 'DELETE'),
        'identity.users: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
