-- Verify tradebase:platform on pg

BEGIN;

SELECT id FROM auth.users WHERE FALSE;

SELECT topic, extension, payload, event, private, inserted_at FROM realtime.messages WHERE FALSE;

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

    ASSERT (
        SELECT NOT (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole) FROM pg_roles WHERE rolname = 'tradebase_kernel'
    ), 'tradebase_kernel can log in, or past row level security';
    ASSERT (
        SELECT shobj_description(oid, 'pg_authid') IS DISTINCT FROM 'made by tradebase' OR NOT rolbypassrls
        FROM pg_roles WHERE rolname = 'service_role'
    ), 'service_role bypasses row level security';
    ASSERT shobj_description('authenticator'::regrole, 'pg_authid') IS DISTINCT FROM 'made by tradebase'
        OR NOT pg_has_role('authenticator', 'service_role', 'MEMBER'),
        'authenticator can become service_role';
    ASSERT pg_has_role(current_user, 'tradebase_kernel', 'USAGE'), 'the owner is no member of tradebase_kernel';
END
$$;

ROLLBACK;
