-- Verify tradebase:platform on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'anon', 'authenticated', 'service_role', 'authenticator', 'tradebase_kernel', 'tradebase_engine',
        'tradebase_operator', 'tradebase_support', 'tradebase_auditor', 'tradebase_reporter', 'tradebase_monitor',
        'tradebase_worker'
    ]) AS want
    WHERE to_regrole(want) IS NULL;
    ASSERT missing IS NULL, format('missing role %s', missing);

    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY[
        'auth.uid()', 'auth.jwt()', 'auth.role()', 'realtime.topic()', 'realtime.send(jsonb, text, text, boolean)'
    ]) AS want
    WHERE to_regprocedure(want) IS NULL;
    ASSERT missing IS NULL, format('missing function %s', missing);

    -- By the catalog: on Supabase the owner may not read all of them.
    SELECT string_agg(format('%s.%s', want.relation, want.attribute), ', ') INTO missing
    FROM (VALUES
        ('auth.users', 'id'), ('realtime.messages', 'topic'), ('realtime.messages', 'extension'),
        ('realtime.messages', 'event'), ('realtime.messages', 'payload'), ('realtime.messages', 'private'),
        ('realtime.messages', 'inserted_at')
    ) AS want (relation, attribute)
    WHERE NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = to_regclass(want.relation) AND attname = want.attribute
    );
    ASSERT missing IS NULL, format('missing column %s', missing);

    ASSERT (
        SELECT NOT (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole)
        FROM pg_roles WHERE rolname = 'tradebase_kernel'
    ), 'tradebase_kernel can log in, or past row level security';
    ASSERT (
        SELECT shobj_description(oid, 'pg_authid') IS DISTINCT FROM 'made by tradebase' OR NOT rolbypassrls
        FROM pg_roles WHERE rolname = 'service_role'
    ), 'service_role bypasses row level security';
    ASSERT shobj_description('authenticator'::regrole, 'pg_authid') IS DISTINCT FROM 'made by tradebase'
        OR NOT pg_has_role('authenticator', 'service_role', 'MEMBER'),
        'authenticator can become service_role';
    ASSERT NOT pg_has_role('authenticator', 'tradebase_engine', 'MEMBER')
        AND NOT pg_has_role('authenticator', 'tradebase_kernel', 'MEMBER'),
        'authenticator can become the engine or the kernel';
    ASSERT pg_has_role('authenticator', 'tradebase_support', 'MEMBER'), 'staff cannot come in as authenticator';
    ASSERT pg_has_role(current_user, 'tradebase_kernel', 'USAGE'), 'the owner is no member of tradebase_kernel';
END
$$;

ROLLBACK;
