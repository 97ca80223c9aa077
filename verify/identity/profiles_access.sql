-- Verify tradebase:identity/profiles_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'profiles_kernel_all',
        'profiles_owner_select',
        'profiles_owner_update',
        'profiles_support_select'
    ]) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'identity.profiles'::regclass AND polname = want);
    ASSERT missing IS NULL, format('identity.profiles: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'identity.profiles', 'INSERT'),
        'identity.profiles: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('authenticated', 'identity.profiles', 'SELECT'),
        'identity.profiles: authenticated lacks SELECT';
    ASSERT has_any_column_privilege('authenticated', 'identity.profiles', 'UPDATE'),
        'identity.profiles: authenticated lacks UPDATE';
    ASSERT has_any_column_privilege('tradebase_support', 'identity.profiles', 'SELECT'),
        'identity.profiles: tradebase_support lacks SELECT';
    ASSERT NOT has_table_privilege('authenticated', 'identity.profiles', 'UPDATE'),
        'identity.profiles: authenticated has UPDATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'identity.profiles', 'INSERT'),
        'identity.profiles: authenticated has INSERT';
    ASSERT NOT has_any_column_privilege('anon', 'identity.profiles', 'SELECT, INSERT, UPDATE'),
        'identity.profiles: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'identity.profiles', 'SELECT, INSERT, UPDATE'),
        'identity.profiles: tradebase_operator has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
