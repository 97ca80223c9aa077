-- What this server lacks before Tradebase can be deployed on it. Changes nothing.
--
--     psql -X -v ON_ERROR_STOP=1 -d DATABASE -f scripts/preflight.sql
--
-- Connect as the role that will deploy, or as a superuser with PGOPTIONS='-c role=NAME'. deploy/platform.sql runs this
-- same file: what is an error here refuses the deploy, what is a warning only says which part will stay empty.

DO $preflight$
DECLARE
    deployer CONSTANT text := quote_ident(current_user);
    database CONSTANT text := quote_ident(current_database());
    lack     record;
    lacking  text[] := '{}';
BEGIN
    FOR lack IN
        WITH me AS (
            SELECT r.oid, r.rolsuper, r.rolcreaterole, r.rolinherit
            FROM pg_catalog.pg_roles AS r
            WHERE r.rolname = current_user
        )
        SELECT c.is_fatal, c.what, c.remedy
        FROM me
        CROSS JOIN LATERAL (
            SELECT d.datdba, d.encoding FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
        ) AS here
        CROSS JOIN LATERAL (
            SELECT ARRAY(
                SELECT quote_ident(r.rolname)
                FROM pg_catalog.pg_roles AS r
                WHERE
                    (r.rolname LIKE 'tradebase\_%' OR r.rolname IN ('anon', 'authenticated', 'service_role'))
                    AND shobj_description(r.oid, 'pg_authid') = 'made by tradebase'
                    AND NOT pg_has_role(current_user, r.oid, 'MEMBER')
                ORDER BY r.rolname
            ) AS roles
        ) AS others
        CROSS JOIN LATERAL (VALUES
            (
                TRUE, current_setting('server_version_num')::integer < 150000,
                format('version: PostgreSQL 15 or newer is needed, this is %s', current_setting('server_version')),
                'upgrade the server'
            ),
            (
                FALSE, current_setting('server_version_num')::integer >= 190000,
                format('version: tested on PostgreSQL 15 to 18, this is %s', current_setting('server_version')),
                'run the tests before you trust it'
            ),
            (
                TRUE, pg_encoding_to_char(here.encoding) <> 'UTF8',
                format('encoding: the database is %s', pg_encoding_to_char(here.encoding)),
                format('CREATE DATABASE %s OWNER %s ENCODING ''UTF8'' TEMPLATE template0', database, deployer)
            ),
            (
                TRUE, current_setting('max_locks_per_transaction')::integer < 64,
                format(
                    'locks: max_locks_per_transaction is %s, a query over all partitions needs 64',
                    current_setting('max_locks_per_transaction')
                ),
                'ALTER SYSTEM SET max_locks_per_transaction = 64, then restart the server'
            ),
            (
                -- shared_preload_libraries is hidden from ordinary roles; the settings of a loaded library are not.
                FALSE, current_setting('pg_stat_statements.max', TRUE) IS NULL,
                'preloads: pg_stat_statements is not loaded, the monitoring of queries will stay empty',
                'add it to shared_preload_libraries, then restart the server'
            ),
            (
                TRUE, me.rolsuper,
                format('ownership: %s is a superuser, and would own every table and definer function', deployer),
                format(
                    'CREATE ROLE tradebase LOGIN CREATEROLE; ALTER DATABASE %s OWNER TO tradebase; '
                    || 'then deploy with PGOPTIONS=''-c role=tradebase''', database
                )
            ),
            (
                TRUE, NOT me.rolsuper AND here.datdba <> me.oid,
                format('ownership: %s does not own database %s', deployer, database),
                format('ALTER DATABASE %s OWNER TO %s', database, deployer)
            ),
            (
                TRUE, NOT me.rolsuper AND NOT me.rolcreaterole,
                format('ownership: %s may not create roles', deployer),
                format('ALTER ROLE %s CREATEROLE', deployer)
            ),
            (
                TRUE, NOT me.rolsuper AND NOT me.rolinherit,
                format('ownership: %s does not inherit, and would not see rows through the roles it owns', deployer),
                format('ALTER ROLE %s INHERIT', deployer)
            ),
            (
                -- From 16 on CREATEROLE alone gives nobody a role that another one made.
                TRUE,
                NOT me.rolsuper AND current_setting('server_version_num')::integer >= 160000 AND others.roles <> '{}',
                format('ownership: another owner in this cluster made %s', array_to_string(others.roles, ', ')),
                format(
                    'as a superuser, GRANT %s TO %s WITH ADMIN OPTION', array_to_string(others.roles, ', '), deployer
                )
            ),
            (
                TRUE, EXISTS (
                    SELECT FROM unnest(ARRAY['auth', 'realtime']) AS s (name)
                    WHERE
                        to_regnamespace(s.name) IS NOT NULL
                        AND NOT has_schema_privilege(to_regnamespace(s.name)::oid, 'USAGE')
                ),
                format('ownership: schema auth or realtime is there and %s may not use it', deployer),
                format('GRANT USAGE ON SCHEMA auth, realtime TO %s', deployer)
            ),
            (
                TRUE, to_regclass('auth.users') IS NOT NULL AND NOT (
                    has_table_privilege(to_regclass('auth.users')::oid, 'TRIGGER')
                    AND has_any_column_privilege(to_regclass('auth.users')::oid, 'REFERENCES')
                    AND has_any_column_privilege(to_regclass('auth.users')::oid, 'SELECT')
                ),
                format('ownership: %s may not refer to auth.users, read its ids or put a trigger on it', deployer),
                format('GRANT SELECT, REFERENCES, TRIGGER ON auth.users TO %s', deployer)
            ),
            (
                TRUE, EXISTS (
                    SELECT FROM pg_catalog.pg_namespace AS n, aclexplode(n.nspacl) AS a
                    WHERE n.nspname = 'public' AND a.grantee = 0 AND a.privilege_type = 'CREATE'
                ),
                'ownership: everybody may create in schema public (a database older than PostgreSQL 15)',
                'REVOKE CREATE ON SCHEMA public FROM PUBLIC'
            )
        ) AS c (is_fatal, is_lacking, what, remedy)
        WHERE c.is_lacking
    LOOP
        IF lack.is_fatal THEN
            lacking := lacking || format('%s: %s', lack.what, lack.remedy);
        ELSE
            RAISE WARNING 'preflight: %', lack.what USING HINT = lack.remedy;
        END IF;
    END LOOP;

    IF lacking <> '{}' THEN
        RAISE EXCEPTION 'this server is not ready for tradebase: % to mend', cardinality(lacking)
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = array_to_string(lacking, E'\n'),
            HINT = 'Mend what DETAIL lists, then run scripts/preflight.sql again.';
    END IF;
    RAISE NOTICE 'preflight: this server is ready for tradebase';
END
$preflight$;
