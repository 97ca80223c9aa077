-- Who may log in through PgBouncer. A superuser runs this once in each pooled database of plain PostgreSQL, and gives
-- the pooler's login a password:
--
--     psql -d tradebase -f config/pgbouncer-auth.sql
--     psql -d tradebase -c '\password pgbouncer'
--
-- and undoes it with
--
--     DROP SCHEMA pgbouncer CASCADE;
--     REVOKE SELECT (rolname, rolpassword) ON pg_authid FROM pgbouncer_auth;
--
-- It is no sqitch change, on purpose. Passwords are in pg_authid, which only a superuser can open to anybody; what the
-- deploying role owned it could read itself, a superuser's among them, and could let itself in. Hosted Supabase has a
-- pooler of its own: nothing to do there.

\set ON_ERROR_STOP on

BEGIN;

-- Roles belong to the cluster: another database may have made them.
SELECT format('CREATE ROLE %I %s', r.name, r.attributes)
FROM (VALUES
    -- PgBouncer itself. It asks here who somebody is, over very few connections, and may do nothing else.
    ('pgbouncer', 'LOGIN NOINHERIT CONNECTION LIMIT 10'),
    -- Owns the function below. Nobody is a member, and nobody becomes it.
    ('pgbouncer_auth', 'NOLOGIN')
) AS r (name, attributes)
WHERE to_regrole(r.name) IS NULL
\gexec

GRANT SELECT (rolname, rolpassword) ON pg_catalog.pg_authid TO pgbouncer_auth;

CREATE SCHEMA pgbouncer;
COMMENT ON SCHEMA pgbouncer IS 'Whom PgBouncer lets in. Made by config/pgbouncer-auth.sql, not by sqitch.';
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer;

CREATE FUNCTION pgbouncer.user_lookup(login text) RETURNS TABLE (rolname name, rolpassword text)
LANGUAGE sql
STABLE
PARALLEL SAFE
ROWS 1
-- By whose SELECT on pg_authid it reads.
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT a.rolname, a.rolpassword
    FROM pg_catalog.pg_authid AS a
    JOIN pg_catalog.pg_roles AS r ON r.rolname = a.rolname
    WHERE
        a.rolname = user_lookup.login
        AND r.rolcanlogin
        -- PgBouncer asks for no more than a password: what has run out it would not notice.
        AND coalesce(r.rolvaliduntil > statement_timestamp(), TRUE)
        AND a.rolpassword LIKE 'SCRAM-SHA-256$%'
        -- The two logins of PostgREST, and whatever logs in for a program of ours: nobody else has a reason to be here.
        AND (
            a.rolname IN ('authenticator', 'service_authenticator')
            OR EXISTS (
                SELECT FROM pg_catalog.pg_roles AS g
                WHERE
                    g.rolname IN ('tradebase_engine', 'tradebase_reporter', 'tradebase_monitor', 'tradebase_worker')
                    AND pg_has_role(r.oid, g.oid, 'MEMBER')
            )
        )
        -- And of those nobody who may deploy, or become or make somebody who may: sessions of the pool are anybody's.
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_roles AS p
            WHERE
                pg_has_role(r.oid, p.oid, 'MEMBER')
                AND (
                    p.rolsuper OR p.rolcreaterole OR p.rolcreatedb OR p.rolreplication OR p.rolbypassrls
                    OR p.rolname IN (
                        'tradebase_kernel',
                        'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files'
                    )
                    OR p.oid IN (SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
                    OR p.oid IN (SELECT n.nspowner FROM pg_catalog.pg_namespace AS n)
                )
        );
END;

ALTER FUNCTION pgbouncer.user_lookup(text) OWNER TO pgbouncer_auth;
COMMENT ON FUNCTION pgbouncer.user_lookup(text) IS
'A login and its SCRAM verifier, for auth_query; no row for a name that the pool does not serve: whoever may deploy, a '
'superuser, a password that has run out or is no SCRAM, a stranger. Only PgBouncer''s own login may ask.';
REVOKE EXECUTE ON FUNCTION pgbouncer.user_lookup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.user_lookup(text) TO pgbouncer;

COMMIT;
