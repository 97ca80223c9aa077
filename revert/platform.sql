-- Revert tradebase:platform from pg

BEGIN;

-- Only what platform made: it carries the comment. What somebody else keeps in our auth or realtime stays, and its schema.
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

-- Roles belong to the cluster: one that owns or may do anything, here or in another database, stays.
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT r.oid, quote_ident(r.rolname) AS name
        FROM pg_roles AS r
        WHERE
            r.rolname IN (
                'anon', 'authenticated', 'service_role', 'authenticator', 'service_authenticator', 'tradebase_kernel',
                'tradebase_engine', 'tradebase_operator', 'tradebase_support', 'tradebase_auditor',
                'tradebase_reporter', 'tradebase_monitor', 'tradebase_worker'
            )
            AND shobj_description(r.oid, 'pg_authid') = 'made by tradebase'
        ORDER BY r.rolname
    LOOP
        IF EXISTS (
            SELECT FROM pg_shdepend AS d
            WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = made.oid
        ) THEN
            RAISE NOTICE 'role % stays: another database uses it, or somebody gave it something', made.name;
        ELSE
            EXECUTE format('DROP ROLE %s', made.name);
        END IF;
    END LOOP;
END
$$;

COMMIT;
