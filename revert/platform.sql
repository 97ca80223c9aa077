-- Revert tradebase:platform from pg

BEGIN;

-- Only what platform made: it carries the comment. What somebody else keeps in our auth or realtime stays, and its
-- schema with it.
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT p.oid::regprocedure::text AS name
        FROM pg_proc AS p
        WHERE
            p.pronamespace IN (to_regnamespace('auth'), to_regnamespace('realtime'))
            AND obj_description(p.oid, 'pg_proc') = 'made by tradebase'
    LOOP
        EXECUTE format('DROP FUNCTION %s', made.name);
    END LOOP;

    FOR made IN
        SELECT c.oid::regclass::text AS name
        FROM pg_class AS c
        WHERE
            c.relnamespace IN (to_regnamespace('auth'), to_regnamespace('realtime')) AND c.relkind = 'r'
            AND obj_description(c.oid, 'pg_class') = 'made by tradebase'
    LOOP
        EXECUTE format('DROP TABLE %s', made.name);
    END LOOP;

    FOR made IN
        SELECT n.oid, quote_ident(n.nspname) AS name
        FROM pg_namespace AS n
        WHERE n.nspname IN ('auth', 'realtime') AND obj_description(n.oid, 'pg_namespace') = 'made by tradebase'
    LOOP
        IF EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = made.oid AND d.deptype = 'n'
        ) THEN
            RAISE NOTICE 'schema % stays: somebody else has objects in it', made.name;
        ELSE
            EXECUTE format('DROP SCHEMA %s', made.name);
        END IF;
    END LOOP;
END
$$;

-- Roles belong to the cluster: they stay while another database needs them, and one that somebody gave something stays.
DO $$
DECLARE
    ours CONSTANT oid[] := ARRAY(
        SELECT r.oid
        FROM pg_roles AS r
        WHERE
            r.rolname IN (
                'anon', 'authenticated', 'service_role', 'authenticator', 'service_authenticator', 'tradebase_kernel',
                'tradebase_engine', 'tradebase_operator', 'tradebase_support', 'tradebase_auditor',
                'tradebase_reporter', 'tradebase_monitor', 'tradebase_worker'
            )
            AND shobj_description(r.oid, 'pg_authid') = 'made by tradebase'
        ORDER BY r.rolname
    );
    role oid;
BEGIN
    -- All or none: a login like authenticator owns nothing anywhere, and is needed wherever anon is.
    IF EXISTS (
        SELECT FROM pg_shdepend AS d
        WHERE
            d.refclassid = 'pg_authid'::regclass AND d.refobjid = ANY (ours)
            AND d.dbid NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    ) THEN
        RAISE NOTICE 'the roles stay: another database uses them';
        RETURN;
    END IF;

    FOREACH role IN ARRAY ours LOOP
        IF EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = role)
            OR EXISTS (
                SELECT FROM pg_auth_members
                -- The login for people was made a member by platform, whoever made the login.
                WHERE
                    roleid = role AND member <> ALL (ours) AND member <> current_user::regrole
                    AND member IS DISTINCT FROM to_regrole('authenticator')
            )
            OR EXISTS (
                SELECT FROM pg_db_role_setting
                WHERE
                    setrole = role AND NOT setconfig <@ ARRAY[
                        'plan_cache_mode=force_custom_plan', 'statement_timeout=8s', 'statement_timeout=30s',
                        'lock_timeout=3s', 'idle_in_transaction_session_timeout=5s'
                    ]
            )
        THEN
            RAISE NOTICE 'role % stays: somebody gave it something', role::regrole;
        ELSE
            EXECUTE format('DROP ROLE %s', role::regrole);
        END IF;
    END LOOP;
END
$$;

COMMIT;
