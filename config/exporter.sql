-- The login of the Postgres exporter. A superuser runs this once in a cluster, after monitoring.sql, and gives the login a
-- password:
--
--     psql -d tradebase -f config/exporter.sql
--     psql -d tradebase -c '\password tradebase_exporter'
--
-- and undoes it with
--
--     DROP OWNED BY tradebase_exporter; DROP ROLE tradebase_exporter;
--
-- It is no sqitch change: a login is the DBA's, and what pg_monitor may see only a superuser gives away. On hosted
-- Supabase run it as postgres: where pg_monitor may not be granted it says so, and views tell less.

\set ON_ERROR_STOP on

BEGIN;

-- Roles belong to the cluster: another database may have made it.
SELECT 'CREATE ROLE tradebase_exporter LOGIN CONNECTION LIMIT 4'
WHERE to_regrole('tradebase_exporter') IS NULL
\gexec

-- It reads the views of schema monitoring and calls monitoring.health(): no row of a customer is within its reach.
GRANT tradebase_monitor TO tradebase_exporter;

DO $do$
BEGIN
    -- Whose session waits for what, what standbys report, what pg_wal holds.
    GRANT pg_monitor TO tradebase_exporter;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'pg_monitor is not granted: what others run and what standbys report stays untold';
END
$do$;

-- Whatever it is asked, it changes nothing, waits for nobody, and is gone soon. A query that runs once is not worth
-- compiling, which would cost more than all the rest.
ALTER ROLE tradebase_exporter SET default_transaction_read_only = on;
ALTER ROLE tradebase_exporter SET statement_timeout = '5s';
ALTER ROLE tradebase_exporter SET lock_timeout = '500ms';
ALTER ROLE tradebase_exporter SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE tradebase_exporter SET jit = off;

COMMIT;
