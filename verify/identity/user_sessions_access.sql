-- Verify tradebase:identity/user_sessions_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'user_sessions_kernel_all',
        'user_sessions_owner_select',
        'user_sessions_auditor_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'identity.user_sessions'::regclass AND polname = want);
    ASSERT missing IS NULL, format('identity.user_sessions: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'identity.user_sessions', 'SELECT'),
        'identity.user_sessions: tradebase_kernel lacks SELECT';
    ASSERT has_table_privilege('tradebase_kernel', 'identity.user_sessions', 'INSERT'),
        'identity.user_sessions: tradebase_kernel lacks INSERT';
    ASSERT has_any_column_privilege('authenticated', 'identity.user_sessions', 'SELECT'),
        'identity.user_sessions: authenticated lacks SELECT';
    ASSERT has_any_column_privilege('tradebase_auditor', 'identity.user_sessions', 'SELECT'),
        'identity.user_sessions: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('anon', 'identity.user_sessions', 'SELECT, INSERT, UPDATE'),
        'identity.user_sessions: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'identity.user_sessions', 'INSERT, UPDATE'),
        'identity.user_sessions: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_table_privilege('authenticated', 'identity.user_sessions', 'SELECT'),
        'identity.user_sessions: authenticated has SELECT';
    ASSERT NOT has_any_column_privilege('service_role', 'identity.user_sessions', 'SELECT, INSERT, UPDATE'),
        'identity.user_sessions: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_table_privilege('tradebase_auditor', 'identity.user_sessions', 'SELECT'),
        'identity.user_sessions: tradebase_auditor has SELECT';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'identity.user_sessions', 'DELETE'),
        'identity.user_sessions: tradebase_kernel has DELETE';
END
$$;

ROLLBACK;
