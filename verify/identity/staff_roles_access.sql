-- Verify tradebase:identity/staff_roles_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['staff_roles_kernel_all', 'staff_roles_staff_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'identity.staff_roles'::regclass AND polname = want);
    ASSERT missing IS NULL, format('identity.staff_roles: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'identity.staff_roles', 'SELECT'),
        'identity.staff_roles: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('tradebase_kernel', 'identity.staff_roles', 'INSERT'),
        'identity.staff_roles: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_operator', 'identity.staff_roles', 'SELECT'),
        'identity.staff_roles: tradebase_operator lacks SELECT';
    ASSERT has_table_privilege('tradebase_auditor', 'identity.staff_roles', 'SELECT'),
        'identity.staff_roles: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'identity.staff_roles', 'SELECT, INSERT, UPDATE'),
        'identity.staff_roles: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'identity.staff_roles', 'SELECT, INSERT, UPDATE'),
        'identity.staff_roles: authenticated has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'identity.staff_roles', 'SELECT, INSERT, UPDATE'),
        'identity.staff_roles: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'identity.staff_roles', 'INSERT, UPDATE'),
        'identity.staff_roles: tradebase_operator has one of INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_support', 'identity.staff_roles', 'SELECT, INSERT, UPDATE'),
        'identity.staff_roles: tradebase_support has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'identity.staff_roles', 'DELETE'),
        'identity.staff_roles: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
